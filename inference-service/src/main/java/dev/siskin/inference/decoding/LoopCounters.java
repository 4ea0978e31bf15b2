package dev.siskin.inference.decoding;

import java.util.concurrent.atomic.AtomicLong;

/** What the loop has done and is at, written by it and read by any thread; single figures may be a step apart. */
final class LoopCounters {
    private final AtomicLong prefillTokens = new AtomicLong();
    private final AtomicLong reusedTokens = new AtomicLong();
    private final AtomicLong prefillNanos = new AtomicLong();
    private final AtomicLong decodeTokens = new AtomicLong();
    private final AtomicLong decodeNanos = new AtomicLong();
    private final AtomicLong draftedTokens = new AtomicLong();
    private final AtomicLong acceptedTokens = new AtomicLong();
    private volatile int running;
    private volatile long reservedBytes;
    private volatile long heldBytes;
    private volatile long prefixBytes;

    void prefilled(int tokens, long nanos) {
        prefillTokens.addAndGet(tokens);
        prefillNanos.addAndGet(nanos);
    }

    void reused(int tokens) {
        reusedTokens.addAndGet(tokens);
    }

    void decoded(int tokens, long nanos) {
        decodeTokens.addAndGet(tokens);
        decodeNanos.addAndGet(nanos);
    }

    void drafted(int tokens, int accepted) {
        draftedTokens.addAndGet(tokens);
        acceptedTokens.addAndGet(accepted);
    }

    void at(int sequences, long reserved, long held, long prefixes) {
        running = sequences;
        reservedBytes = reserved;
        heldBytes = held;
        prefixBytes = prefixes;
    }

    DecoderStats stats(int waiting, long kvLimitBytes, int openTensors) {
        return new DecoderStats(
                running,
                waiting,
                reservedBytes,
                heldBytes,
                kvLimitBytes,
                prefixBytes,
                prefillTokens.get(),
                reusedTokens.get(),
                prefillNanos.get(),
                decodeTokens.get(),
                decodeNanos.get(),
                draftedTokens.get(),
                acceptedTokens.get(),
                openTensors);
    }
}
