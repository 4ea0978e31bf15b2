package dev.siskin.retrieval.reembed;

import dev.siskin.embedding.Embedder;
import dev.siskin.embedding.EmbeddingException;
import dev.siskin.embedding.EmbeddingQueueFullException;
import dev.siskin.retrieval.collection.InvalidDocumentException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Embeds passages for work that nobody waits for: one text at a time, and none while others wait for a thread, so that a
 * query waits for one text at most and only where all threads are taken. So that work goes on under a load that never
 * lets up, a text waits for {@value #MOST_PATIENCE_MS} ms at most.
 */
final class PatientEmbedder {
    private static final long MOST_PATIENCE_MS = 1_000;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

    private final Embedder embedder;
    private boolean hurried;

    PatientEmbedder(Embedder embedder) {
        this.embedder = embedder;
    }

    /** From now on nobody is let in before: writers are waiting. */
    void hurry() {
        hurried = true;
    }

    /** Takes its time again. */
    void relax() {
        hurried = false;
    }

    /**
     * The vector of a passage.
     *
     * @throws InvalidDocumentException where the model fails on it
     * @throws IllegalStateException where the embedder is closed
     */
    float[] embed(String text) {
        long patientUntil =
                System.nanoTime() + Duration.ofMillis(MOST_PATIENCE_MS).toNanos();
        while (!hurried && embedder.waiting() > 0 && System.nanoTime() < patientUntil) {
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
        while (true) {
            try {
                return embedder.embedPassage(text).vector();
            } catch (EmbeddingQueueFullException full) {
                LockSupport.parkNanos(LOOK_AGAIN.toNanos());
            } catch (EmbeddingException failed) {
                throw new InvalidDocumentException(String.valueOf(failed.getMessage()));
            }
        }
    }
}
