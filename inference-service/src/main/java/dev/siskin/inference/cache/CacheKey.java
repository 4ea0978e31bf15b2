package dev.siskin.inference.cache;

import dev.siskin.api.Filter;
import dev.siskin.inference.retrieval.Found;

/**
 * What a value in the hot cache was made from.
 *
 * @param <V> type of the value
 */
public sealed interface CacheKey<V> {
    /** Of the index that the value must come from, or a newer one. */
    long generation();

    /** Whose collection it is. */
    Index index();

    /** The same key for another generation. */
    CacheKey<V> at(long generation);

    /** The generation a value comes from. */
    long generationOf(V value);

    /** Whether the value is whole, so that it may be served again. */
    boolean isWhole(V value);

    /** Estimated bytes of a value and this key on the heap. */
    int bytes(V value);

    /** The value, checked. */
    V cast(Object value);

    /**
     * Key of a search's hits.
     *
     * @param endpoint of retrieval-service that they must come from, whose generation it is
     */
    record Passages(String endpoint, Index index, long generation, String query, int topK, Filter filter)
            implements CacheKey<Found> {
        @Override
        public Passages at(long newGeneration) {
            return new Passages(endpoint, index, newGeneration, query, topK, filter);
        }

        @Override
        public long generationOf(Found value) {
            return value.generation();
        }

        @Override
        public boolean isWhole(Found value) {
            return value.response().degraded() == null && value.endpoint().equals(endpoint);
        }

        @Override
        public int bytes(Found value) {
            return Footprint.of(this) + Footprint.of(value.response());
        }

        @Override
        public Found cast(Object value) {
            return (Found) value;
        }
    }

    /** Key of an answer: the search it rests on and the plan it was made by. */
    record Answer(Passages passages, String plan) implements CacheKey<MadeAnswer> {
        @Override
        public Index index() {
            return passages.index();
        }

        @Override
        public long generation() {
            return passages.generation();
        }

        @Override
        public Answer at(long newGeneration) {
            return new Answer(passages.at(newGeneration), plan);
        }

        @Override
        public long generationOf(MadeAnswer value) {
            return value.generation();
        }

        @Override
        public boolean isWhole(MadeAnswer value) {
            return value.isWhole();
        }

        @Override
        public int bytes(MadeAnswer value) {
            return Footprint.of(passages) + Character.BYTES * plan.length() + Footprint.of(value);
        }

        @Override
        public MadeAnswer cast(Object value) {
            return (MadeAnswer) value;
        }
    }
}
