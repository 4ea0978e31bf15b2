package dev.siskin.inference.batching;

import java.time.Duration;

/**
 * When a batch is large enough, or has waited long enough, to go.
 *
 * @param maxBatchSize jobs of a batch at most; 8 by default
 * @param maxBatchTokens tokens of a batch at most, but for a single job, which always goes; 32,768 by default
 * @param maxWait a batch that could still grow waits for no longer than this since its oldest job arrived; 12 ms by
 *     default, 0 = never wait
 */
public record BatchWindow(int maxBatchSize, long maxBatchTokens, Duration maxWait) {
    public static final int DEFAULT_MAX_BATCH_SIZE = 8;

    /** 8 jobs of 4,096 tokens. */
    public static final long DEFAULT_MAX_BATCH_TOKENS = 8 * 4_096;

    public static final Duration DEFAULT_MAX_WAIT = Duration.ofMillis(12);

    public static final BatchWindow DEFAULT =
            new BatchWindow(DEFAULT_MAX_BATCH_SIZE, DEFAULT_MAX_BATCH_TOKENS, DEFAULT_MAX_WAIT);

    /** One job at a time, at once. */
    static final BatchWindow SINGLE = new BatchWindow(1, 1, Duration.ZERO);

    public BatchWindow {
        if (maxBatchSize < 1 || maxBatchTokens < 1 || maxWait.isNegative()) {
            throw new IllegalArgumentException(
                    "a batch holds at least 1 job and 1 token and waits for 0 ms or more: max_batch_size="
                            + maxBatchSize + ", max_batch_tokens=" + maxBatchTokens + ", max_wait_ms="
                            + maxWait.toMillis());
        }
    }

    /**
     * How long a free worker may still wait for a batch to grow; 0 or less = it goes now.
     *
     * @param depth jobs that wait, at least 1
     * @param tokens of those jobs
     * @param oldestWaitedNanos since the oldest of them arrived
     */
    long nanosToWait(int depth, long tokens, long oldestWaitedNanos) {
        boolean full = depth >= maxBatchSize || tokens >= maxBatchTokens;
        return full ? 0 : maxWait.toNanos() - oldestWaitedNanos;
    }
}
