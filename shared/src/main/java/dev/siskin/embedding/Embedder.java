package dev.siskin.embedding;

import dev.siskin.runtime.ModelDirectoryException;
import dev.siskin.runtime.NativeLibraries;
import dev.siskin.runtime.Tokenizer;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Texts to vectors, with one model and a fixed pool of platform threads.
 *
 * <h2>Concurrency</h2>
 *
 * Any thread may call, virtual ones too: the caller waits while a thread of the pool embeds, each on one core and all on
 * one shared copy of the weights. The bounded queue before them is the admission queue; when it is full a call fails at
 * once with {@link EmbeddingQueueFullException}. A text whose caller gave up leaves the queue. The same text gives the
 * same vector, bit by bit, whatever runs beside it.
 *
 * <h2>Memory</h2>
 *
 * The weights (34 MB for bge-small int8, and a packed copy of its matrices) and the vocabulary are native memory, freed
 * by {@link #close()}. A run takes some 35 MB for 512 tokens and 1 MB for 16, which the session keeps for the next.
 */
public final class Embedder implements AutoCloseable {

    private final EmbedderSettings settings;
    private final EmbeddingModel model;
    private final ModelFingerprint fingerprint;
    private final ThreadPoolExecutor pool;

    private Embedder(EmbedderSettings settings, EmbeddingModel model, ModelFingerprint fingerprint) {
        this.settings = settings;
        this.model = model;
        this.fingerprint = fingerprint;
        this.pool = new ThreadPoolExecutor(
                settings.threads(),
                settings.threads(),
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(settings.queueDepth()),
                Thread.ofPlatform().daemon().name("embedding-", 0).factory());
    }

    /**
     * Loads a model directory and takes its fingerprint, which also warms the model up: under a second.
     *
     * @throws ModelDirectoryException if a file is not what it should be, or graph and manifest disagree
     * @throws IllegalStateException if the native libraries are not found, see {@link NativeLibraries}
     */
    public static Embedder open(ModelDirectory directory, EmbedderSettings settings) {
        EmbeddingModel model = EmbeddingModel.open(directory);
        try {
            return new Embedder(settings, model, ModelFingerprint.of(directory, model));
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /** What the model says of itself. */
    public EmbeddingManifest manifest() {
        return model.manifest();
    }

    /** What tells whether vectors made elsewhere are comparable with this embedder's. */
    public ModelFingerprint fingerprint() {
        return fingerprint;
    }

    /** Counts and finds tokens; closed with this embedder. */
    public Tokenizer tokenizer() {
        return model.tokenizer();
    }

    /** Texts that wait for a thread now. */
    public int waiting() {
        return pool.getQueue().size();
    }

    /** {@link #embed} a question, however long it takes. */
    public Embedding embedQuery(String text) {
        return await(submit(EmbeddingInput.QUERY, text));
    }

    /** {@link #embed} a text to be found, however long it takes. */
    public Embedding embedPassage(String text) {
        return await(submit(EmbeddingInput.PASSAGE, text));
    }

    /**
     * Embeds one text, waiting in the queue for at most {@code limit}. A run that has begun is not stopped, but not
     * waited for either.
     *
     * @throws EmbeddingQueueFullException if as many texts wait as may
     * @throws EmbeddingTimeoutException if the vector is not there in time
     * @throws EmbeddingException if the model fails on the text, or this thread is interrupted
     * @throws IllegalStateException if this embedder is closed
     */
    public Embedding embed(EmbeddingInput input, String text, Duration limit) {
        FutureTask<Embedding> task = submit(input, text);
        try {
            return result(task, limit);
        } catch (TimeoutException e) {
            abandon(task);
            throw new EmbeddingTimeoutException(limit, waiting());
        }
    }

    private Embedding await(FutureTask<Embedding> task) {
        try {
            return result(task, Duration.ofNanos(Long.MAX_VALUE));
        } catch (TimeoutException e) {
            throw new AssertionError("292 years are over", e);
        }
    }

    private FutureTask<Embedding> submit(EmbeddingInput input, String text) {
        FutureTask<Embedding> task = new FutureTask<>(() -> model.embed(input, text));
        try {
            pool.execute(task);
        } catch (RejectedExecutionException e) {
            throw pool.isShutdown()
                    ? closed(e)
                    : new EmbeddingQueueFullException(settings.threads(), settings.queueDepth());
        }
        return task;
    }

    private Embedding result(FutureTask<Embedding> task, Duration limit) throws TimeoutException {
        try {
            return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            abandon(task);
            Thread.currentThread().interrupt();
            throw new EmbeddingException("interrupted while waiting for an embedding", e);
        } catch (CancellationException e) {
            throw closed(e);
        } catch (ExecutionException e) {
            throw unwrapped(e);
        }
    }

    /** Keeps the cause's type and adds the waiting thread's stack to it. */
    private static RuntimeException unwrapped(ExecutionException e) {
        return switch (e.getCause()) {
            case EmbeddingException cause -> new EmbeddingException(String.valueOf(cause.getMessage()), cause);
            case IllegalStateException cause -> new IllegalStateException(cause.getMessage(), cause);
            case null, default -> new EmbeddingException("embedding failed: " + e.getCause(), e);
        };
    }

    private void abandon(FutureTask<Embedding> task) {
        task.cancel(false);
        pool.remove(task);
    }

    private static IllegalStateException closed(Exception cause) {
        return new IllegalStateException("embedder is closed", cause);
    }

    /** Refuses what waits, lets what runs finish, and frees the model. */
    @Override
    public void close() {
        for (Runnable waiting : pool.shutdownNow()) {
            ((FutureTask<?>) waiting).cancel(false);
        }
        model.close();
    }

    @Override
    public String toString() {
        return "Embedder[model=%s, threads=%d, queue_depth=%d]"
                .formatted(manifest().name(), settings.threads(), settings.queueDepth());
    }
}
