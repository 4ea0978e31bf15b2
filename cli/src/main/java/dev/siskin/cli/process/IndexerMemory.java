package dev.siskin.cli.process;

import dev.siskin.cli.CommandFailure;
import java.util.OptionalInt;

/**
 * How a bound on the indexer's memory is shared among its two processes, of which it is the sum. What is not heap was
 * measured as {@code docs/index-documents.md} says, and does not grow with the documents.
 *
 * @param heapBytes of the process that embeds and sends
 * @param parserBytes heap of the process that parses
 * @param threads that embed
 */
public record IndexerMemory(long heapBytes, long parserBytes, int threads) {
    /** Classes, compiled code and threads of both processes, and the embedding model. */
    private static final long FIXED_BYTES = mib(190);

    /** What a text of 512 tokens takes in the model, for each thread that embeds. */
    private static final long THREAD_BYTES = mib(40);

    private static final long LEAST_HEAP_BYTES = mib(56);

    /**
     * The heap fills up to its bound, so more than it needs only makes a long run larger than a short one: 20 MiB were in
     * use, and a JSONL record of 8 MiB takes some 32 MiB more while it is read.
     */
    private static final long ENOUGH_HEAP_BYTES = mib(56);

    /** Who gives more has larger records, or more files, than most: a share of that is heap. */
    private static final int HEAP_SHARE = 7;

    /** What each thread that embeds has at hand beyond that. */
    private static final long THREAD_HEAP_BYTES = mib(8);

    /**
     * Shares a bound.
     *
     * @param threads that embed; empty = one a processor, fewer where there is no room for so many
     * @throws CommandFailure where that is too little, naming how much is needed
     */
    public static IndexerMemory within(long bytes, OptionalInt threads) {
        long forThreads = bytes - FIXED_BYTES - 2 * LEAST_HEAP_BYTES;
        int most = Math.clamp(forThreads / THREAD_BYTES, 1, Runtime.getRuntime().availableProcessors());
        int embedding = threads.orElse(most);
        long fixed = FIXED_BYTES + embedding * THREAD_BYTES;
        long least = fixed + 2 * LEAST_HEAP_BYTES;
        if (bytes < least) {
            throw new CommandFailure("--memory must be %dm or more where threads that embed are %d: %dm"
                    .formatted(least >> 20, embedding, bytes >> 20));
        }
        long enough = Math.max(ENOUGH_HEAP_BYTES + embedding * THREAD_HEAP_BYTES, bytes / HEAP_SHARE);
        long heap = Math.min(enough, (bytes - fixed) / 2);
        return new IndexerMemory(heap, bytes - fixed - heap, embedding);
    }

    private static long mib(long count) {
        return count << 20;
    }
}
