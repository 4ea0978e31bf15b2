package dev.siskin.indexer.embedding;

import dev.siskin.embedding.Embedding;
import dev.siskin.indexer.progress.RunProgress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Gives chunks their vectors: a bounded queue of chunks and as many threads as the model may use cores, one unpadded
 * text a run. The threads take chunks in the order they were submitted, of whatever part.
 */
public final class EmbeddingStage implements AutoCloseable {
    private static final int QUEUE_PER_THREAD = 16;

    private record Task(PendingPart part, int chunk) {}

    private final PassageEmbedder embedder;
    private final RunProgress progress;
    private final BlockingQueue<Task> queue;
    private final List<Thread> threads = new ArrayList<>();

    private EmbeddingStage(PassageEmbedder embedder, int threads, RunProgress progress) {
        this.embedder = embedder;
        this.progress = progress;
        this.queue = new ArrayBlockingQueue<>(QUEUE_PER_THREAD * threads);
    }

    /** Starts the threads, which work until {@link #close()}. */
    public static EmbeddingStage start(PassageEmbedder embedder, int threads, RunProgress progress) {
        var stage = new EmbeddingStage(embedder, threads, progress);
        for (int i = 0; i < threads; i++) {
            stage.threads.add(Thread.ofPlatform().daemon().name("embed-" + i).start(stage::work));
        }
        return stage;
    }

    /** Has every chunk of a part embedded; waits while the queue is full. */
    public void submit(PendingPart part) throws InterruptedException {
        for (int chunk = 0; chunk < part.size(); chunk++) {
            queue.put(new Task(part, chunk));
        }
    }

    private void work() {
        try {
            while (true) {
                embed(queue.take());
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void embed(Task task) {
        try {
            Embedding embedding = embedder.embed(task.part().textOf(task.chunk()));
            task.part().embedded(task.chunk(), embedding.vector());
            progress.embedded(embedding.tokens());
        } catch (RuntimeException | Error failure) {
            task.part().failed(failure);
        }
    }

    /** Ends the threads after the chunks they are at; what waits is dropped. */
    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
        boolean interrupted = false;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException stopped) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
