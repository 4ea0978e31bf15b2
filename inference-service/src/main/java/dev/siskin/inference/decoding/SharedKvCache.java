package dev.siskin.inference.decoding;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.siskin.inference.decoding.GraphRunner.Span;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A cache that the graph extends in place: past and present are the same tensor, and a step copies nothing.
 *
 * <h2>Layout</h2>
 *
 * For each {@link CacheTensor} one region {@code [slots, heads, maxTokens, headSize]}, one behind the other in reserved
 * address space; a slot is a row. The rows that step together are the first slots, so that a tensor over the first
 * {@code n} slots is their batch, and the entering sequence is the slot behind them. When a row leaves, the last one is
 * copied into its slot.
 *
 * <p>A page costs memory when the graph writes to it, and goes back when its row leaves: a row holds its tokens in each
 * head, rounded up to pages.
 *
 * <p>The graph is told the tokens of each row by the sum of its mask, on the right of which it is padded, and attends to
 * no others (GroupQueryAttention, ONNX Runtime's contributed operators). It takes more than one new token only of one row.
 */
final class SharedKvCache implements KvCache {
    private final GraphRunner runner;
    private final List<CacheTensor> layout;
    private final int slots;
    private final int maxTokens;
    private final NativeMemory memory;
    private final long[] offsets;
    private final Map<Slots, OnnxTensor[]> tensors = new HashMap<>();
    private final int[] lengths;
    private int rows;
    private boolean isEntering;

    private record Slots(int first, int count) {}

    SharedKvCache(GraphRunner runner, int slots, int context) {
        this.runner = runner;
        this.layout = runner.graph().cache();
        this.slots = slots;
        this.maxTokens = context;
        this.lengths = new int[slots];
        this.offsets = new long[layout.size() + 1];
        for (int i = 0; i < layout.size(); i++) {
            offsets[i + 1] = offsets[i] + slots * slotBytes(layout.get(i));
        }
        this.memory = NativeMemory.reserve(offsets[layout.size()]);
    }

    /** Places of a row: each head begins a page. */
    private long places() {
        return roundUp(maxTokens);
    }

    private long roundUp(long tokens) {
        long unit = tokensPerUnit(runner.graph());
        return (tokens + unit - 1) / unit * unit;
    }

    /** The fewest tokens that fill whole pages in every head. */
    private static long tokensPerUnit(DecoderGraph graph) {
        return graph.cache().stream()
                .mapToLong(tensor ->
                        NativeMemory.PAGE_BYTES / Long.lowestOneBit(tensor.cellBytes() | NativeMemory.PAGE_BYTES))
                .max()
                .orElse(1);
    }

    /** What a row may take beyond its tokens: each head ends within a page. */
    static long roundingBytes(DecoderGraph graph) {
        return (tokensPerUnit(graph) - 1) * graph.bytesPerToken();
    }

    private long slotBytes(CacheTensor tensor) {
        return tensor.heads() * places() * tensor.cellBytes();
    }

    @Override
    public int maxRows() {
        return slots;
    }

    @Override
    public int maxTokens() {
        return maxTokens;
    }

    @Override
    public long bytesPerToken() {
        return runner.graph().bytesPerToken();
    }

    @Override
    public long bytes(int count, long longest, long sum) {
        return sum * bytesPerToken() + count * roundingBytes(runner.graph());
    }

    @Override
    public long heldBytes() {
        long tokens = 0;
        for (int row = 0; row < rows + (isEntering ? 1 : 0); row++) {
            tokens += roundUp(lengths[row]);
        }
        return tokens * bytesPerToken();
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public void enter(MemorySegment saved, int stride, int tokens) {
        isEntering = true;
        lengths[rows] = tokens;
        long from = 0;
        for (int i = 0; i < layout.size(); i++) {
            CacheTensor tensor = layout.get(i);
            for (int head = 0; head < tensor.heads(); head++) {
                MemorySegment.copy(saved, from, memory.segment(), place(i, rows, head), tokens * tensor.cellBytes());
                from += stride * tensor.cellBytes();
            }
        }
    }

    private long place(int tensor, int slot, int head) {
        CacheTensor layer = layout.get(tensor);
        return offsets[tensor] + slot * slotBytes(layer) + head * places() * layer.cellBytes();
    }

    @Override
    public Logits prefill(int[] tokens) {
        int length = lengths[rows] + tokens.length;
        OnnxTensor[] slot = tensors(rows, 1);
        Logits logits = runner.run(tokens, new Span[] {new Span(0, length)}, length, slot, slot);
        lengths[rows] = length;
        return logits;
    }

    @Override
    public void join() {
        isEntering = false;
        rows++;
    }

    @Override
    public void abandon() {
        isEntering = false;
        free(rows);
    }

    @Override
    public Logits step(int[] tokens) {
        int width = tokens.length / rows;
        var spans = new Span[rows];
        int total = 0;
        for (int row = 0; row < rows; row++) {
            spans[row] = new Span(0, lengths[row] + width);
            total = Math.max(total, spans[row].to());
        }
        OnnxTensor[] batch = tensors(0, rows);
        Logits logits = runner.run(tokens, spans, total, batch, batch);
        for (int row = 0; row < rows; row++) {
            lengths[row] += width;
        }
        return logits;
    }

    @Override
    public void cut(int tokens) {
        lengths[0] = tokens; // what lies behind is not seen, and written over
    }

    @Override
    public void leave(int row) {
        free(row);
        rows--;
        if (row < rows) {
            move(rows, row);
        }
        if (isEntering) {
            move(rows + 1, rows);
        }
    }

    private void move(int from, int to) {
        for (int i = 0; i < layout.size(); i++) {
            CacheTensor tensor = layout.get(i);
            for (int head = 0; head < tensor.heads(); head++) {
                MemorySegment.copy(
                        memory.segment(),
                        place(i, from, head),
                        memory.segment(),
                        place(i, to, head),
                        lengths[from] * tensor.cellBytes());
            }
        }
        lengths[to] = lengths[from];
        free(from);
    }

    private void free(int slot) {
        for (int i = 0; i < layout.size(); i++) {
            memory.release(place(i, slot, 0), slotBytes(layout.get(i)));
        }
        lengths[slot] = 0;
    }

    @Override
    public void save(int row, int tokens, MemorySegment into) {
        long to = 0;
        for (int i = 0; i < layout.size(); i++) {
            CacheTensor tensor = layout.get(i);
            for (int head = 0; head < tensor.heads(); head++) {
                long bytes = tokens * tensor.cellBytes();
                MemorySegment.copy(memory.segment(), place(i, row, head), into, to, bytes);
                to += bytes;
            }
        }
    }

    /** Made once for each batch: as many as {@code 2 * slots} times the graph's tensors. */
    private OnnxTensor[] tensors(int first, int count) {
        return tensors.computeIfAbsent(new Slots(first, count), this::makeTensors);
    }

    private OnnxTensor[] makeTensors(Slots wanted) {
        var made = new OnnxTensor[layout.size()];
        int done = 0;
        try {
            for (; done < made.length; done++) {
                CacheTensor tensor = layout.get(done);
                made[done] = runner.tensors()
                        .of(
                                memory.segment(),
                                place(done, wanted.first(), 0),
                                tensor.type(),
                                tensor.shape(wanted.count(), places()));
            }
            return made;
        } catch (OrtException e) {
            runner.tensors().close(Arrays.copyOf(made, done));
            throw new DecodingException("no tensor for the KV cache: " + GraphRunner.firstLine(e), e);
        }
    }

    @Override
    public void close() {
        tensors.values().forEach(runner.tensors()::close);
        memory.close();
    }
}
