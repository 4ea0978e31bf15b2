package dev.siskin.retrieval.search;

import dev.siskin.retrieval.collection.ChunkSchema;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.VectorUtil;

/**
 * The vector side of a search: candidates from the graph by the quantized vectors, and exact cosines from the raw ones.
 *
 * @param vector {@code [dimensions]}, unit length
 */
record VectorSide(IndexSearcher searcher, float[] vector, Query filter, Deadline deadline) {
    private static final int DOCS_BETWEEN_LOOKS_AT_THE_CLOCK = 1024;

    /** Lucene documents nearest to the vector by the quantized vectors, in no order. */
    List<Integer> candidates(int count) throws IOException {
        var query = new KnnFloatVectorQuery(ChunkSchema.VECTOR, vector, count, filter);
        return Arrays.stream(searcher.search(query, count).scoreDocs)
                .map((ScoreDoc found) -> found.doc)
                .toList();
    }

    /** The best of all chunks that match the filter, equal ones by their place; those looked at until the deadline. */
    Map<Integer, Double> exhaustive(int count) throws IOException {
        var best = new Best(count);
        Weight matching = searcher.createWeight(searcher.rewrite(filter), ScoreMode.COMPLETE_NO_SCORES, 1);
        for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
            FloatVectorValues values = leaf.reader().getFloatVectorValues(ChunkSchema.VECTOR);
            Scorer scorer = matching.scorer(leaf);
            if (values == null || scorer == null) {
                continue;
            }
            Bits live = leaf.reader().getLiveDocs();
            Places.OfLeaf places = Places.of(leaf);
            KnnVectorValues.DocIndexIterator withVector = values.iterator();
            DocIdSetIterator matches = scorer.iterator();
            int looked = 0;
            for (int doc = matches.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = matches.nextDoc()) {
                if (++looked % DOCS_BETWEEN_LOOKS_AT_THE_CLOCK == 0 && deadline.shouldExit()) {
                    return best.cosines();
                }
                boolean isLive = live == null || live.get(doc);
                if (isLive && hasVector(withVector, doc)) {
                    best.offer(cosine(values, withVector), places, doc);
                }
            }
        }
        return best.cosines();
    }

    /** The nearest chunks seen so far, no more than asked for; a place is read only where the cosine may be kept. */
    private static final class Best {
        private static final Comparator<Near> WORST_FIRST =
                Comparator.comparingDouble(Near::cosine).thenComparing(Near::place, Found.Place.ORDER.reversed());

        private final int count;
        private final PriorityQueue<Near> kept = new PriorityQueue<>(WORST_FIRST);

        private record Near(double cosine, Found.Place place) {}

        Best(int count) {
            this.count = count;
        }

        void offer(double cosine, Places.OfLeaf places, int doc) throws IOException {
            Near worst = kept.peek();
            if (kept.size() == count && worst != null && cosine < worst.cosine()) {
                return;
            }
            kept.add(new Near(cosine, places.at(doc)));
            if (kept.size() > count) {
                kept.remove();
            }
        }

        Map<Integer, Double> cosines() {
            var cosines = new HashMap<Integer, Double>();
            kept.forEach(near -> cosines.put(near.place().doc(), near.cosine()));
            return cosines;
        }
    }

    /** Exact cosines of these Lucene documents; one without a vector is left out. */
    Map<Integer, Double> cosines(java.util.Collection<Integer> docs) throws IOException {
        var cosines = new HashMap<Integer, Double>();
        List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
        int[] sorted = docs.stream().mapToInt(Integer::intValue).sorted().toArray();
        int next = 0;
        while (next < sorted.length) {
            LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(sorted[next], leaves));
            int end = leaf.docBase + leaf.reader().maxDoc();
            FloatVectorValues values = leaf.reader().getFloatVectorValues(ChunkSchema.VECTOR);
            KnnVectorValues.DocIndexIterator withVector = values == null ? null : values.iterator();
            for (; next < sorted.length && sorted[next] < end; next++) {
                if (values != null && withVector != null && hasVector(withVector, sorted[next] - leaf.docBase)) {
                    cosines.put(sorted[next], cosine(values, withVector));
                }
            }
        }
        return cosines;
    }

    private static boolean hasVector(KnnVectorValues.DocIndexIterator withVector, int doc) throws IOException {
        if (withVector.docID() < doc) {
            withVector.advance(doc);
        }
        return withVector.docID() == doc;
    }

    private double cosine(FloatVectorValues values, KnnVectorValues.DocIndexIterator at) throws IOException {
        return VectorUtil.dotProduct(vector, values.vectorValue(at.index()));
    }
}
