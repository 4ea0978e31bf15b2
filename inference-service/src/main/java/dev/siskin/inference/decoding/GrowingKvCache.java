package dev.siskin.inference.decoding;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A cache for graphs that put the new tokens behind the old ones and give the whole back: see {@link PackedRows}. The copy
 * of each step is the graph's own; ours is where a row joins or leaves, when all are packed anew.
 *
 * <p>A graph that is not told of padding, or of positions, takes one sequence at a time.
 */
final class GrowingKvCache implements KvCache {
    private final GraphRunner runner;
    private final int maxRows;
    private final int maxTokens;
    private final PackedRows batch;
    private final PackedRows entering;

    GrowingKvCache(GraphRunner runner, int maxRows, int context) {
        this.runner = runner;
        this.maxRows = runner.graph().canBatch() ? maxRows : 1;
        this.maxTokens = context;
        this.batch = new PackedRows(runner, this.maxRows, context);
        try {
            this.entering = new PackedRows(runner, 1, context);
        } catch (RuntimeException e) {
            batch.close();
            throw e;
        }
    }

    @Override
    public int maxRows() {
        return maxRows;
    }

    @Override
    public int maxTokens() {
        return maxTokens;
    }

    /** Before and after a run. */
    @Override
    public long bytesPerToken() {
        return 2 * runner.graph().bytesPerToken();
    }

    /** All as long as the longest, before and after a run, and the entering one twice while it joins. */
    @Override
    public long bytes(int count, long longest, long sum) {
        return count == 0
                ? 0
                : (count + (count > 1 ? 1 : 0)) * longest * bytesPerToken() + roundingBytes(runner.graph());
    }

    /** What the four buffers' tensors may take beyond their tokens. */
    static long roundingBytes(DecoderGraph graph) {
        return 4L * graph.cache().size() * NativeMemory.PAGE_BYTES;
    }

    @Override
    public long heldBytes() {
        long tokens = (long) batch.rows() * batch.width() + entering.width();
        return tokens * bytesPerToken();
    }

    @Override
    public int rows() {
        return batch.rows();
    }

    @Override
    public void enter(MemorySegment saved, int stride, int tokens) {
        entering.load(saved, stride, tokens);
    }

    @Override
    public Logits prefill(int[] tokens) {
        return entering.run(tokens);
    }

    @Override
    public void join() {
        List<PackedRows.Row> rows = batch.all();
        rows.addAll(entering.all());
        batch.pack(rows);
        entering.clear();
    }

    @Override
    public void abandon() {
        entering.clear();
    }

    @Override
    public Logits step(int[] tokens) {
        return batch.run(tokens);
    }

    @Override
    public void cut(int tokens) {
        batch.cut(tokens);
    }

    @Override
    public void leave(int row) {
        List<PackedRows.Row> rows = new ArrayList<>(batch.all());
        PackedRows.Row last = rows.removeLast();
        if (row < rows.size()) {
            rows.set(row, last);
        }
        batch.pack(rows);
    }

    @Override
    public void save(int row, int tokens, MemorySegment into) {
        batch.save(row, tokens, into);
    }

    @Override
    public void close() {
        batch.close();
        entering.close();
    }
}
