package dev.siskin.inference.batching;

/**
 * What may wait in a queue at once; jobs that are worked on do not count.
 *
 * @param depth jobs
 * @param tokens of all jobs together, which bounds how long the last one waits
 * @param bytes of all jobs together, which bounds memory
 */
public record QueueLimits(Cap depth, Cap tokens, Cap bytes) {
    public static final int DEFAULT_MAX_QUEUE_DEPTH = 128;

    /** 64 jobs of 4,096 tokens. */
    public static final long DEFAULT_MAX_QUEUE_TOKENS = 64 * 4_096;

    /** A tenth of the heap of inference-service; 128 jobs of 32 KiB. */
    public static final long DEFAULT_MAX_QUEUE_BYTES = 4L << 20;

    public static final QueueLimits DEFAULT = new QueueLimits(
            new Cap("max_queue_depth", DEFAULT_MAX_QUEUE_DEPTH),
            new Cap("max_queue_tokens", DEFAULT_MAX_QUEUE_TOKENS),
            new Cap("max_queue_bytes", DEFAULT_MAX_QUEUE_BYTES));

    /**
     * A cap.
     *
     * @param setting that raises it, as errors name it
     * @param max at least 1
     */
    public record Cap(String setting, long max) {
        public Cap {
            if (max < 1) {
                throw new IllegalArgumentException(setting + " must be at least 1: " + max);
            }
        }

        @Override
        public String toString() {
            return setting + "=" + max;
        }
    }
}
