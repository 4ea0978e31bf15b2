package dev.siskin.retrieval.search;

import java.util.Comparator;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * A chunk that was found, before its text is read.
 *
 * @param place where it is
 * @param score what it is ordered by
 */
record Found(
        Place place,
        double score,
        OptionalDouble cosine,
        OptionalDouble bm25,
        OptionalDouble fused,
        OptionalInt vectorRank,
        OptionalInt keywordRank) {

    /**
     * A chunk of a document.
     *
     * @param doc Lucene's document
     * @param toHeader Lucene documents from here to the document's header; 0 where it came in parts
     */
    record Place(int doc, String documentId, int chunk, int toHeader) {
        /** By document id, then chunk: an order that no merge changes. */
        static final Comparator<Place> ORDER =
                Comparator.comparing(Place::documentId).thenComparingInt(Place::chunk);
    }
}
