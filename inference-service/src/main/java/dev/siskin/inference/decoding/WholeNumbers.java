package dev.siskin.inference.decoding;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The memory behind one input of ids, mask or positions, int64 or int32. */
final class WholeNumbers implements AutoCloseable {
    private final DecoderGraph.NumberInput input;
    private final NativeMemory memory;
    private final Tensors tensors;

    /** @param cells the most numbers of a run */
    WholeNumbers(DecoderGraph.NumberInput input, long cells, Tensors tensors) {
        this.input = input;
        this.memory = NativeMemory.reserve(cells * input.type().size);
        this.tensors = tensors;
    }

    String name() {
        return input.name();
    }

    void set(long cell, int value) {
        MemorySegment segment = memory.segment();
        if (input.type() == OnnxJavaType.INT64) {
            segment.setAtIndex(ValueLayout.JAVA_LONG, cell, value);
        } else {
            segment.setAtIndex(ValueLayout.JAVA_INT, cell, value);
        }
    }

    /** Of the first cells; closed by the caller. */
    OnnxTensor tensor(long... shape) throws OrtException {
        return tensors.of(memory.segment(), 0, input.type(), shape);
    }

    /** One number, in a shape of as many dimensions as the graph wants. */
    OnnxTensor scalar() throws OrtException {
        return input.rank() == 0 ? tensor() : tensor(1);
    }

    @Override
    public void close() {
        memory.close();
    }
}
