package dev.siskin.inference.decoding;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.siskin.inference.decoding.GraphRunner.Span;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows of one length in two buffers, of which a run reads one and writes the other. Shorter rows are padded on the left.
 *
 * <p>Each buffer holds {@code [rows, heads, width, headSize]} for each {@link CacheTensor}, at fixed offsets in reserved
 * address space whose pages cost memory once written. One thread at a time.
 */
final class PackedRows implements AutoCloseable {
    private final GraphRunner runner;
    private final List<CacheTensor> layout;
    private final long[] offsets;
    private NativeMemory read;
    private NativeMemory write;
    private int[] lengths = new int[0];
    private int width;

    /** A row of these or other packed rows. */
    record Row(PackedRows of, int row) {
        int tokens() {
            return of.lengths[row];
        }
    }

    PackedRows(GraphRunner runner, int maxRows, int maxTokens) {
        this.runner = runner;
        this.layout = runner.graph().cache();
        this.offsets = new long[layout.size() + 1];
        for (int i = 0; i < layout.size(); i++) {
            long bytes = maxRows * (long) maxTokens * layout.get(i).tokenBytes();
            long pages = (bytes + NativeMemory.PAGE_BYTES - 1) / NativeMemory.PAGE_BYTES;
            offsets[i + 1] = offsets[i] + pages * NativeMemory.PAGE_BYTES;
        }
        this.read = NativeMemory.reserve(offsets[layout.size()]);
        try {
            this.write = NativeMemory.reserve(offsets[layout.size()]);
        } catch (RuntimeException e) {
            read.close();
            throw e;
        }
    }

    int rows() {
        return lengths.length;
    }

    /** Tokens that each row takes, padding included. */
    int width() {
        return width;
    }

    List<Row> all() {
        List<Row> all = new ArrayList<>();
        for (int row = 0; row < rows(); row++) {
            all.add(new Row(this, row));
        }
        return all;
    }

    /** Runs as many tokens of each row, which they are longer by. */
    Logits run(int[] tokens) {
        int more = tokens.length / rows();
        var spans = new Span[rows()];
        for (int row = 0; row < spans.length; row++) {
            spans[row] = new Span(width - lengths[row], width + more);
        }
        OnnxTensor[] past = tensors(read, width);
        try {
            OnnxTensor[] present = tensors(write, width + more);
            try {
                Logits logits = runner.run(tokens, spans, width + more, past, present);
                swap();
                width += more;
                for (int row = 0; row < lengths.length; row++) {
                    lengths[row] += more;
                }
                return logits;
            } finally {
                runner.tensors().close(present);
            }
        } finally {
            runner.tensors().close(past);
        }
    }

    private void swap() {
        NativeMemory written = write;
        write = read;
        read = written;
    }

    private OnnxTensor[] tensors(NativeMemory memory, int tokens) {
        var made = new OnnxTensor[layout.size()];
        int done = 0;
        try {
            for (; done < made.length; done++) {
                CacheTensor tensor = layout.get(done);
                made[done] = runner.tensors()
                        .of(memory.segment(), offsets[done], tensor.type(), tensor.shape(rows(), tokens));
            }
            return made;
        } catch (OrtException e) {
            runner.tensors().close(Arrays.copyOf(made, done));
            throw new DecodingException("no tensor for the KV cache: " + GraphRunner.firstLine(e), e);
        }
    }

    /** Becomes these rows, in this order; its own may be among them. */
    void pack(List<Row> rows) {
        int[] newLengths = rows.stream().mapToInt(Row::tokens).toArray();
        pack(rows, newLengths);
    }

    /** Keeps the first tokens of the only row. */
    void cut(int tokens) {
        pack(List.of(new Row(this, 0)), new int[] {tokens});
    }

    private void pack(List<Row> rows, int[] newLengths) {
        int newWidth = Arrays.stream(newLengths).max().orElse(0);
        for (int i = 0; i < layout.size(); i++) {
            CacheTensor tensor = layout.get(i);
            for (int stretch = 0; stretch < tensor.parts() * tensor.heads(); stretch++) {
                for (int row = 0; row < newLengths.length; row++) {
                    Row source = rows.get(row);
                    long from = source.of()
                                    .place(i, stretch, source.row(), source.of().rows(), source.of().width)
                            + (source.of().width - source.tokens()) * tensor.cellBytes();
                    long to = place(i, stretch, row, newLengths.length, newWidth);
                    long padding = (newWidth - newLengths[row]) * tensor.cellBytes();
                    write.segment().asSlice(to, padding).fill((byte) 0); // a stale NaN would be seen through the mask
                    MemorySegment.copy(
                            source.of().read.segment(),
                            from,
                            write.segment(),
                            to + padding,
                            newLengths[row] * tensor.cellBytes());
                }
            }
        }
        swap();
        lengths = newLengths;
        width = newWidth;
        release(read, (long) rows() * width);
        release(write, 0);
    }

    /** Where the first place of a row lies in a part and head, counted through, of a geometry. */
    private long place(int tensor, int stretch, int row, int ofRows, int ofWidth) {
        CacheTensor layer = layout.get(tensor);
        int part = stretch / layer.heads();
        int head = stretch % layer.heads();
        long before = ((long) part * ofRows + row) * layer.heads() + head;
        return offsets[tensor] + before * ofWidth * layer.cellBytes();
    }

    private void release(NativeMemory memory, long cells) {
        for (int i = 0; i < layout.size(); i++) {
            long used = cells * layout.get(i).tokenBytes();
            memory.release(offsets[i] + used, offsets[i + 1] - offsets[i] - used);
        }
    }

    /** Becomes one row of the first tokens that were saved of one. */
    void load(MemorySegment saved, int stride, int tokens) {
        lengths = new int[] {tokens};
        width = tokens;
        long from = 0;
        for (int i = 0; i < layout.size(); i++) {
            CacheTensor tensor = layout.get(i);
            for (int stretch = 0; stretch < tensor.parts() * tensor.heads(); stretch++) {
                MemorySegment.copy(
                        saved, from, read.segment(), place(i, stretch, 0, 1, width), tokens * tensor.cellBytes());
                from += stride * tensor.cellBytes();
            }
        }
    }

    /** Copies the first tokens of a row, part by part and head by head. */
    void save(int row, int tokens, MemorySegment into) {
        long to = 0;
        for (int i = 0; i < layout.size(); i++) {
            CacheTensor tensor = layout.get(i);
            long bytes = tokens * tensor.cellBytes();
            for (int stretch = 0; stretch < tensor.parts() * tensor.heads(); stretch++) {
                long from = place(i, stretch, row, rows(), width) + (width - lengths[row]) * tensor.cellBytes();
                MemorySegment.copy(read.segment(), from, into, to, bytes);
                to += bytes;
            }
        }
    }

    /** Has no rows any more, and no pages. */
    void clear() {
        pack(List.of(), new int[0]);
    }

    @Override
    public void close() {
        read.close();
        write.close();
    }
}
