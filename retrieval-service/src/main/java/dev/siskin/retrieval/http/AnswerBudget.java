package dev.siskin.retrieval.http;

import dev.siskin.retrieval.collection.RetrievalException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * The heap that stored texts of answers may take together, from when they are read until they are sent: who asks for much
 * and reads slowly would fill it otherwise. Thread-safe.
 */
public final class AnswerBudget {
    /** Of the heap. */
    private static final double SHARE = 0.125;

    /** The largest piece of a document fits, however small the heap. */
    private static final long LEAST_BYTES = 20L << 20;

    /** Of each answer, which take none of the budget, so that small ones are never refused: connections bound these. */
    private static final long FREE_BYTES = 16L << 10;

    private final long totalBytes;
    private final AtomicLong takenBytes = new AtomicLong();

    /** @param totalBytes of all answers together, and so of one */
    AnswerBudget(long totalBytes) {
        this.totalBytes = totalBytes;
    }

    /** Of this process. */
    public static AnswerBudget ofThisProcess() {
        return new AnswerBudget(
                Math.max(LEAST_BYTES, (long) (Runtime.getRuntime().maxMemory() * SHARE)));
    }

    /** Begins an answer; closed when it is sent. */
    Answer begin() {
        return new Answer();
    }

    /** What one answer takes. For one thread at a time. */
    final class Answer implements LongConsumer, AutoCloseable {
        private long bytes;
        private long taken;

        private Answer() {}

        /**
         * Takes as many characters more.
         *
         * @throws RetrievalException {@code IMPOSSIBLE} where this answer is too large by itself, {@code UNAVAILABLE} where
         *     others take too much now
         */
        @Override
        public void accept(long characters) {
            bytes += characters * Character.BYTES;
            if (bytes > totalBytes) {
                throw new RetrievalException(
                        RetrievalException.Kind.IMPOSSIBLE,
                        "the answer's texts would take more than %,d bytes; ask for fewer hits, or leave them out of"
                                        .formatted(totalBytes)
                                + " 'include'");
            }
            long wanted = Math.max(0, bytes - FREE_BYTES) - taken;
            long before = takenBytes.getAndUpdate(all -> all + wanted <= totalBytes ? all + wanted : all);
            if (before + wanted > totalBytes) {
                throw new RetrievalException(
                        RetrievalException.Kind.UNAVAILABLE,
                        "texts of answers under way fill their %,d bytes; try again".formatted(totalBytes));
            }
            taken += wanted;
        }

        @Override
        public void close() {
            takenBytes.addAndGet(-taken);
            taken = 0;
        }
    }
}
