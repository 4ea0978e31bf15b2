package dev.siskin.inference.decoding;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes tensors over our memory, without a copy, and counts those that are open. */
final class Tensors {
    private final OrtEnvironment environment;
    private final AtomicInteger open = new AtomicInteger();

    Tensors(OrtEnvironment environment) {
        this.environment = environment;
    }

    /** Of {@code shape} from {@code offset} bytes on; closed by {@link #close}. */
    OnnxTensor of(MemorySegment memory, long offset, OnnxJavaType type, long... shape) throws OrtException {
        long bytes = type.size;
        for (long dimension : shape) {
            bytes *= dimension;
        }
        OnnxTensor tensor = OnnxTensor.createTensor(
                environment, memory.asSlice(offset, bytes).asByteBuffer().order(ByteOrder.nativeOrder()), shape, type);
        open.incrementAndGet();
        return tensor;
    }

    void close(OnnxTensor... tensors) {
        for (OnnxTensor tensor : tensors) {
            tensor.close();
            open.decrementAndGet();
        }
    }

    int open() {
        return open.get();
    }
}
