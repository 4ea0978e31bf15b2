package dev.siskin.retrieval.search;

import dev.siskin.retrieval.collection.ChunkSchema;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.ReaderUtil;

/** Reads which document and chunk a Lucene document is, from doc values. */
final class Places {
    private Places() {}

    /** @param docs ascending */
    static Map<Integer, Found.Place> of(IndexReader reader, int[] docs) throws IOException {
        var places = HashMap.<Integer, Found.Place>newHashMap(docs.length);
        List<LeafReaderContext> leaves = reader.leaves();
        int next = 0;
        while (next < docs.length) {
            LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(docs[next], leaves));
            int end = leaf.docBase + leaf.reader().maxDoc();
            OfLeaf ofLeaf = of(leaf);
            for (; next < docs.length && docs[next] < end; next++) {
                places.put(docs[next], ofLeaf.at(docs[next] - leaf.docBase));
            }
        }
        return places;
    }

    /** Those of a segment, to be asked in the order of its documents. */
    static OfLeaf of(LeafReaderContext leaf) throws IOException {
        return new OfLeaf(
                leaf.docBase,
                leaf.reader().getBinaryDocValues(ChunkSchema.ID),
                leaf.reader().getNumericDocValues(ChunkSchema.ORDINAL),
                leaf.reader().getNumericDocValues(ChunkSchema.TO_HEADER));
    }

    record OfLeaf(int docBase, BinaryDocValues ids, NumericDocValues ordinals, NumericDocValues distances) {
        /** @param doc in the segment, not before the last one asked for */
        Found.Place at(int doc) throws IOException {
            if (!ids.advanceExact(doc) || !ordinals.advanceExact(doc) || !distances.advanceExact(doc)) {
                throw new IOException("a chunk lacks its doc values: doc=" + (docBase + doc));
            }
            return new Found.Place(
                    docBase + doc,
                    ids.binaryValue().utf8ToString(),
                    Math.toIntExact(ordinals.longValue()),
                    Math.toIntExact(distances.longValue()));
        }
    }
}
