package dev.siskin.retrieval.search;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import dev.siskin.embedding.EmbeddingException;
import dev.siskin.embedding.EmbeddingTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;

/**
 * The vectors of questions asked lately, so that a repeated question costs no embedding, weighed in bytes. Equal
 * questions that come at once are embedded once: one caller embeds, the others wait, each no longer than it may. A caller
 * that waited for one whose time ran out embeds itself.
 *
 * <p>The key is the model's fingerprint and the text: a vector outlives the model that made it, and serves every
 * collection of that model. Thread-safe; vectors are shared and must not be written to.
 */
public final class QuestionVectors {
    /** Of an entry beside its text and vector: key, future, the cache's node. */
    private static final int ENTRY_BYTES = 200;

    private final Optional<AsyncCache<Key, float[]>> cache;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    /** @param maxBytes that the vectors and their questions may take; 0 = keep nothing */
    public QuestionVectors(long maxBytes) {
        this.cache = maxBytes == 0
                ? Optional.empty()
                : Optional.of(Caffeine.newBuilder()
                        .maximumWeight(maxBytes)
                        .<Key, float[]>weigher(QuestionVectors::weight)
                        .executor(Runnable::run)
                        .buildAsync());
    }

    private record Key(String fingerprint, String text) {}

    private static int weight(Key key, float[] vector) {
        return ENTRY_BYTES + Character.BYTES * key.text().length() + Float.BYTES * vector.length;
    }

    /** Makes a vector {@code [dimensions]} within a time. */
    @FunctionalInterface
    public interface QuestionEmbedder {
        /** Throws {@link EmbeddingException} where it cannot, {@link EmbeddingTimeoutException} where time ran out. */
        float[] embed(Duration limit);
    }

    /**
     * The vector of a question, {@code [dimensions]}.
     *
     * @param fingerprint id of the model's, see {@link dev.siskin.embedding.ModelFingerprint#id}
     * @param limit the caller waits no longer
     * @throws EmbeddingException where it cannot be made, or not in time
     */
    public float[] of(String fingerprint, String text, Duration limit, QuestionEmbedder embedder) {
        return cache.isPresent()
                ? cached(cache.get(), new Key(fingerprint, text), limit, embedder)
                : embedder.embed(limit);
    }

    @SuppressWarnings("ReferenceEquality") // whether this call made the future decides who embeds
    private float[] cached(AsyncCache<Key, float[]> vectors, Key key, Duration limit, QuestionEmbedder embedder) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            var mine = new CompletableFuture<float[]>();
            CompletableFuture<float[]> shared = vectors.get(key, (_, _) -> mine);
            if (shared == mine) {
                misses.increment();
                return complete(mine, left(deadline), embedder);
            }
            try {
                float[] vector = shared.get(left(deadline).toNanos(), TimeUnit.NANOSECONDS);
                hits.increment();
                return vector;
            } catch (CancellationException failed) {
                vectors.asMap().remove(key, shared);
                boolean outOfTime = failed.getCause() instanceof EmbeddingTimeoutException;
                if (!outOfTime || !left(deadline).isPositive()) {
                    throw new EmbeddingException(String.valueOf(failed.getMessage()), failed);
                }
            } catch (ExecutionException impossible) {
                throw new AssertionError("a failure is told as a cancellation", impossible);
            } catch (TimeoutException late) {
                throw new EmbeddingException(
                        "another search embeds this question and did not end within %d ms".formatted(limit.toMillis()),
                        late);
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                throw new EmbeddingException("interrupted while waiting for an embedding", stopping);
            }
        }
    }

    private static float[] complete(CompletableFuture<float[]> mine, Duration limit, QuestionEmbedder embedder) {
        try {
            float[] vector = embedder.embed(limit);
            mine.complete(vector);
            return vector;
        } catch (RuntimeException | Error failure) {
            var cancelled = new CancellationException(failure.getMessage()); // the cache logs any other failure
            cancelled.initCause(failure);
            mine.completeExceptionally(cancelled);
            throw failure;
        }
    }

    private static Duration left(long deadline) {
        return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    }

    /** Questions whose vector was there, or on its way. */
    public long hits() {
        return hits.sum();
    }

    /** Questions that were embedded. */
    public long misses() {
        return misses.sum();
    }

    /** Bytes the vectors and their questions take now. */
    public long bytes() {
        return cache.flatMap(vectors -> vectors.synchronous().policy().eviction())
                .map(Policy.Eviction::weightedSize)
                .orElse(OptionalLong.empty())
                .orElse(0);
    }
}
