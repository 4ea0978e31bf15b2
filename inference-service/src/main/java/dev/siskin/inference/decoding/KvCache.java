package dev.siskin.inference.decoding;

import java.lang.foreign.MemorySegment;

/**
 * The keys and values of the sequences at work, and the runs that extend them.
 *
 * <p>Rows 0 to {@link #rows()} - 1 take a step together, one token each. At most one sequence is entering beside them:
 * its prompt runs in chunks of its own, and then it joins as the last row. One thread at a time.
 */
interface KvCache extends AutoCloseable {

    /** The most rows, the entering one included. */
    int maxRows();

    /** The most tokens of a row: one alone has room for them in the budget. */
    int maxTokens();

    /** Of one token of one row. */
    long bytesPerToken();

    /**
     * The most bytes that rows take together.
     *
     * @param rows    how many
     * @param longest tokens of the longest
     * @param sum     tokens of all
     */
    long bytes(int rows, long longest, long sum);

    /** Bytes taken now. */
    long heldBytes();

    int rows();

    /**
     * Begins to take a sequence in.
     *
     * @param saved  what {@link #save} wrote of a sequence that begins with the same tokens
     * @param stride tokens that were saved
     * @param tokens how many of them are taken over; 0 for none
     */
    void enter(MemorySegment saved, int stride, int tokens);

    /** Runs the next tokens of the entering sequence. */
    Logits prefill(int[] tokens);

    /** The entering sequence becomes the last row. */
    void join();

    /** The entering sequence is given up. */
    void abandon();

    /**
     * Runs tokens of every row, as many of each, {@code [rows, width]}; more than one each only where there is one row.
     */
    Logits step(int[] tokens);

    /** Cuts the only row back to its first tokens. */
    void cut(int tokens);

    /** Row {@code row} is gone, and the last row is in its place. */
    void leave(int row);

    /** Copies the first tokens of a row, {@code tokens} times the graph's bytes per token. */
    void save(int row, int tokens, MemorySegment into);

    @Override
    void close();
}
