package dev.siskin.inference.decoding;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The logits of the last run, {@code [rows, width or 1, vocabulary]}, in memory that the graph writes to. Valid until the
 * next run.
 */
final class Logits implements AutoCloseable {
    private final DecoderGraph graph;
    private final Tensors tensors;
    private final NativeMemory memory;
    private int width = 1;

    /** @param positions the most that have logits in a run, of all rows together */
    Logits(DecoderGraph graph, Tensors tensors, int positions) {
        this.graph = graph;
        this.tensors = tensors;
        this.memory = NativeMemory.reserve(positions * rowBytes(graph));
    }

    /** Of one position. */
    static long rowBytes(DecoderGraph graph) {
        return (long) graph.vocabulary() * graph.logitsType().size;
    }

    /** For the output of a run; closed by the caller. */
    OnnxTensor tensor(int rows, int runWidth) throws OrtException {
        width = graph.logitsOf(runWidth);
        long[] shape = graph.logitsRank() == 2
                ? new long[] {rows, graph.vocabulary()}
                : new long[] {rows, width, graph.vocabulary()};
        return tensors.of(memory.segment(), 0, graph.logitsType(), shape);
    }

    /** Copies those of a row's last position. */
    void last(int row, float[] into) {
        at(row * width + width - 1, into);
    }

    /** Copies those of a position; the rows' positions lie one behind the other. */
    void at(int position, float[] into) {
        int vocabulary = graph.vocabulary();
        long first = (long) position * vocabulary;
        MemorySegment segment = memory.segment();
        if (graph.logitsType() == OnnxJavaType.FLOAT) {
            MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, first * Float.BYTES, into, 0, vocabulary);
        } else {
            for (int token = 0; token < vocabulary; token++) {
                into[token] = Float.float16ToFloat(segment.getAtIndex(ValueLayout.JAVA_SHORT, first + token));
            }
        }
    }

    /** Gives back what positions beyond these took. */
    void shrinkTo(int positions) {
        long from = positions * rowBytes(graph);
        memory.release(from, Math.max(0, memory.segment().byteSize() - from));
    }

    @Override
    public void close() {
        memory.close();
    }
}
