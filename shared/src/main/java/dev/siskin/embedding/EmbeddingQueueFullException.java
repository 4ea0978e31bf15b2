package dev.siskin.embedding;

/** Every thread embeds and the queue before them is full: a temporary lack of room, worth another try later. */
public final class EmbeddingQueueFullException extends EmbeddingException {
    private static final long serialVersionUID = 1L;

    EmbeddingQueueFullException(int threads, int queueDepth) {
        super(
                "embedding queue is full: %d threads are busy and queue_depth=%d texts wait; retry later or raise queue_depth"
                        .formatted(threads, queueDepth));
    }
}
