package dev.siskin.retrieval.search;

import dev.siskin.retrieval.collection.ChunkSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopDocsCollector;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.VectorUtil;

/**
 * The vector side of a search: candidates from the graph by the quantized vectors, and exact cosines from the raw ones.
 *
 * <p>The raw vectors of all candidates are asked of the disk before the first is read: those that are not in memory come
 * side by side, which is several times faster than one page fault after the other.
 *
 * @param vector {@code [dimensions]}, unit length
 */
public record VectorSide(IndexSearcher searcher, float[] vector, Query filter, Deadline deadline) {
    private static final int DOCS_BETWEEN_LOOKS_AT_THE_CLOCK = 1024;

    /** Raw vectors that the disk is asked for at once. */
    private static final int VECTORS_AT_ONCE = 256;

    /**
     * What the graphs gave.
     *
     * @param docs Lucene documents nearest to the vector by the quantized vectors, ascending
     * @param visited vectors compared with
     */
    public record Candidates(int[] docs, long visited) {}

    public Candidates candidates(int count) throws IOException {
        var query = new GraphQuery(vector, count, filter);
        query.rewrite(searcher);
        int[] docs = Arrays.stream(query.found.scoreDocs)
                .mapToInt(found -> found.doc)
                .sorted()
                .toArray();
        return new Candidates(docs, query.found.totalHits.value());
    }

    /** Lucene's search of the graphs, which keeps what it found instead of making a query of it. For one search. */
    private static final class GraphQuery extends KnnFloatVectorQuery {
        private TopDocs found = TopDocsCollector.EMPTY_TOPDOCS;

        GraphQuery(float[] vector, int count, Query filter) {
            super(ChunkSchema.VECTOR, vector, count, filter);
        }

        @Override
        protected TopDocs mergeLeafResults(TopDocs[] perLeaf) {
            found = super.mergeLeafResults(perLeaf);
            return found;
        }
    }

    /** The best of all chunks that match the filter, equal ones by their place; those looked at until the deadline. */
    ScoredDocs exhaustive(int count) throws IOException {
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
            int[] docs = new int[VECTORS_AT_ONCE];
            int[] ordinals = new int[VECTORS_AT_ONCE];
            int size = 0;
            int looked = 0;
            for (int doc = matches.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = matches.nextDoc()) {
                if (++looked % DOCS_BETWEEN_LOOKS_AT_THE_CLOCK == 0 && deadline.shouldExit()) {
                    return best.cosines();
                }
                boolean isLive = live == null || live.get(doc);
                if (isLive && hasVector(withVector, doc)) {
                    docs[size] = doc;
                    ordinals[size++] = withVector.index();
                }
                if (size == VECTORS_AT_ONCE) {
                    offer(best, values, places, docs, ordinals, size);
                    size = 0;
                }
            }
            offer(best, values, places, docs, ordinals, size);
        }
        return best.cosines();
    }

    private void offer(Best best, FloatVectorValues values, Places.OfLeaf places, int[] docs, int[] ordinals, int size)
            throws IOException {
        values.prefetch(ordinals, size);
        for (int i = 0; i < size; i++) {
            best.offer(cosine(values, ordinals[i]), places, docs[i]);
        }
    }

    /** The nearest chunks seen so far, no more than asked for; a place is read only where the cosine may be kept. */
    private static final class Best {
        private static final Comparator<Near> WORST_FIRST =
                Comparator.comparingDouble(Near::cosine).thenComparing(Near::place, Found.Place.ORDER.reversed());

        private final int count;
        private final PriorityQueue<Near> kept = new PriorityQueue<>(WORST_FIRST);

        private record Near(float cosine, Found.Place place) {}

        Best(int count) {
            this.count = count;
        }

        void offer(float cosine, Places.OfLeaf places, int doc) throws IOException {
            Near worst = kept.peek();
            if (kept.size() == count && worst != null && cosine < worst.cosine()) {
                return;
            }
            kept.add(new Near(cosine, places.at(doc)));
            if (kept.size() > count) {
                kept.remove();
            }
        }

        ScoredDocs cosines() {
            Near[] byDoc = kept.toArray(Near[]::new);
            Arrays.sort(byDoc, Comparator.comparingInt(near -> near.place().doc()));
            int[] docs = new int[byDoc.length];
            float[] cosines = new float[byDoc.length];
            for (int i = 0; i < byDoc.length; i++) {
                docs[i] = byDoc[i].place().doc();
                cosines[i] = byDoc[i].cosine();
            }
            return new ScoredDocs(docs, cosines);
        }
    }

    /**
     * Exact cosines of these Lucene documents; one without a vector is left out, and those that the deadline left no time
     * for.
     *
     * @param docs ascending
     */
    public ScoredDocs cosines(int[] docs) throws IOException {
        int[] withVector = new int[docs.length];
        int size = 0;
        var asked = new ArrayList<Asked>();
        List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
        int next = 0;
        while (next < docs.length) {
            LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(docs[next], leaves));
            int end = endOf(docs, next, leaf);
            FloatVectorValues values = leaf.reader().getFloatVectorValues(ChunkSchema.VECTOR);
            if (values != null) {
                int[] ordinals = new int[end - next];
                int count = 0;
                KnnVectorValues.DocIndexIterator iterator = values.iterator();
                for (int i = next; i < end; i++) {
                    if (hasVector(iterator, docs[i] - leaf.docBase)) {
                        withVector[size++] = docs[i];
                        ordinals[count++] = iterator.index();
                    }
                }
                values.prefetch(ordinals, count);
                asked.add(new Asked(values, ordinals, count));
            }
            next = end;
        }
        float[] cosines = new float[size];
        return ScoredDocs.firstOf(withVector, cosines, read(asked, cosines));
    }

    /** Vectors of a segment that the disk has been asked for. */
    @SuppressWarnings("ArrayRecordComponent") // compared with nothing
    private record Asked(FloatVectorValues values, int[] ordinals, int count) {}

    /** Returns how many there was time for. */
    private int read(List<Asked> asked, float[] cosines) throws IOException {
        int next = 0;
        for (Asked segment : asked) {
            for (int i = 0; i < segment.count(); i++) {
                cosines[next++] = cosine(segment.values(), segment.ordinals()[i]);
                if (next % VECTORS_AT_ONCE == 0 && deadline.shouldExit()) {
                    return next;
                }
            }
        }
        return next;
    }

    /** Where the documents of a segment end. */
    private static int endOf(int[] docs, int from, LeafReaderContext leaf) {
        int end = from;
        int maxDoc = leaf.docBase + leaf.reader().maxDoc();
        while (end < docs.length && docs[end] < maxDoc) {
            end++;
        }
        return end;
    }

    private static boolean hasVector(KnnVectorValues.DocIndexIterator withVector, int doc) throws IOException {
        if (withVector.docID() < doc) {
            withVector.advance(doc);
        }
        return withVector.docID() == doc;
    }

    private float cosine(FloatVectorValues values, int ordinal) throws IOException {
        return VectorUtil.dotProduct(vector, values.vectorValue(ordinal));
    }
}
