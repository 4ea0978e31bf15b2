package dev.siskin.retrieval.search;

import java.util.Arrays;
import org.apache.lucene.search.ScoreDoc;

/**
 * Lucene documents in ascending order, each once, and what one side scores them. A search handles hundreds of them, so
 * they are kept without boxes.
 *
 * @param docs ascending
 * @param scores {@code [docs]}
 */
public record ScoredDocs(int[] docs, float[] scores) {
    static final ScoredDocs NONE = new ScoredDocs(new int[0], new float[0]);

    /** The documents found, in whatever order. */
    static ScoredDocs of(ScoreDoc[] found) {
        ScoreDoc[] byDoc = found.clone();
        Arrays.sort(byDoc, (a, b) -> Integer.compare(a.doc, b.doc));
        int[] docs = new int[byDoc.length];
        float[] scores = new float[byDoc.length];
        for (int i = 0; i < byDoc.length; i++) {
            docs[i] = byDoc[i].doc;
            scores[i] = byDoc[i].score;
        }
        return new ScoredDocs(docs, scores);
    }

    int size() {
        return docs.length;
    }

    /** The first {@code size} of arrays that were made larger. */
    static ScoredDocs firstOf(int[] docs, float[] scores, int size) {
        return size == docs.length
                ? new ScoredDocs(docs, scores)
                : new ScoredDocs(Arrays.copyOf(docs, size), Arrays.copyOf(scores, size));
    }

    boolean has(int doc) {
        return Arrays.binarySearch(docs, doc) >= 0;
    }

    /** The document's score; 0 where it has none. */
    float score(int doc) {
        int at = Arrays.binarySearch(docs, doc);
        return at >= 0 ? scores[at] : 0;
    }

    /** Those among {@code others} that are not here, ascending. */
    int[] missing(int[] others) {
        return Arrays.stream(others).filter(doc -> !has(doc)).toArray();
    }

    /** These and others, none of which is here. */
    ScoredDocs and(ScoredDocs others) {
        int[] all = new int[size() + others.size()];
        float[] allScores = new float[all.length];
        int i = 0;
        int j = 0;
        for (int at = 0; at < all.length; at++) {
            boolean here = j == others.size() || (i < size() && docs[i] < others.docs[j]);
            all[at] = here ? docs[i] : others.docs[j];
            allScores[at] = here ? scores[i++] : others.scores[j++];
        }
        return new ScoredDocs(all, allScores);
    }

    /** The {@code count} best, of equal ones those with the lower document. */
    ScoredDocs best(int count) {
        return size() <= count ? this : chosen(bestFirst(), count);
    }

    /** The {@code count} best, and all that equal the last of them. */
    ScoredDocs bestWithTies(int count) {
        if (size() <= count) {
            return this;
        }
        long[] order = bestFirst();
        int end = count;
        while (end < order.length && scores[(int) order[end]] == scores[(int) order[count - 1]]) {
            end++;
        }
        return chosen(order, end);
    }

    private ScoredDocs chosen(long[] order, int count) {
        int[] chosen = new int[count];
        for (int i = 0; i < count; i++) {
            chosen[i] = (int) order[i];
        }
        Arrays.sort(chosen);
        int[] chosenDocs = new int[count];
        float[] chosenScores = new float[count];
        for (int i = 0; i < count; i++) {
            chosenDocs[i] = docs[chosen[i]];
            chosenScores[i] = scores[chosen[i]];
        }
        return new ScoredDocs(chosenDocs, chosenScores);
    }

    /** Places in the arrays, in the lower half of each element, best first; equal ones by document. */
    private long[] bestFirst() {
        long[] order = new long[docs.length];
        for (int i = 0; i < order.length; i++) {
            order[i] = (long) descending(scores[i]) << Integer.SIZE | i;
        }
        Arrays.sort(order);
        return order;
    }

    /** Smaller for a greater score. */
    private static int descending(float score) {
        int bits = Float.floatToIntBits(score + 0f);
        return ~(bits ^ ((bits >> 31) & Integer.MAX_VALUE));
    }

    /** Both, ascending, each once. */
    static int[] union(int[] one, int[] other) {
        int[] union = new int[one.length + other.length];
        int size = 0;
        int i = 0;
        int j = 0;
        while (i < one.length || j < other.length) {
            boolean fromOne = j == other.length || (i < one.length && one[i] <= other[j]);
            if (fromOne && j < other.length && one[i] == other[j]) {
                j++;
            }
            union[size++] = fromOne ? one[i++] : other[j++];
        }
        return Arrays.copyOf(union, size);
    }
}
