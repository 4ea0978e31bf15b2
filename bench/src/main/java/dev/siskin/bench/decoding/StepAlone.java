package dev.siskin.bench.decoding;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import dev.siskin.inference.decoding.ModelFolder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * One step of a decoder's graph at one length, again and again, in a session with the options of the service. Inputs are
 * made once; where the cache is shared its outputs are the inputs, else ONNX Runtime makes them.
 */
final class StepAlone implements AutoCloseable {
    private static final int WARM_UP = 3;

    private final ModelFolder folder;
    private final boolean isShared;
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    private StepAlone(ModelFolder folder, boolean isShared, OrtSession session) {
        this.folder = folder;
        this.isShared = isShared;
        this.session = session;
    }

    static StepAlone open(ModelFolder folder, boolean isShared, int threads) throws OrtException {
        try (SessionOptions options = new SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            options.setMemoryPatternOptimization(false);
            options.addConfigEntry("session.use_device_allocator_for_initializers", "1");
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            return new StepAlone(
                    folder,
                    isShared,
                    OrtEnvironment.getEnvironment()
                            .createSession(folder.graphFile().toString(), options));
        }
    }

    /** Of a batch of rows that see so many tokens each. */
    double tokensPerSecond(int rows, int tokens, int steps) throws OrtException {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        Map<String, OnnxTensor> cacheOut = new HashMap<>();
        try {
            for (Map.Entry<String, NodeInfo> input : session.getInputInfo().entrySet()) {
                inputs.put(
                        input.getKey(),
                        input(input.getKey(), (TensorInfo) input.getValue().getInfo(), rows, tokens));
            }
            if (isShared) {
                inputs.forEach((name, tensor) -> {
                    if (name.startsWith("past_key_values.")) {
                        cacheOut.put(name.replace("past_key_values.", "present."), tensor);
                    }
                });
            }
            Set<String> others = new HashSet<>(session.getOutputNames());
            others.removeAll(cacheOut.keySet());
            for (int i = 0; i < WARM_UP; i++) {
                session.run(inputs, others, cacheOut).close();
            }
            long began = System.nanoTime();
            for (int i = 0; i < steps; i++) {
                session.run(inputs, others, cacheOut).close();
            }
            return rows * steps * 1e9 / (System.nanoTime() - began);
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private OnnxTensor input(String name, TensorInfo info, int rows, int tokens) throws OrtException {
        long[] shape = switch (name) {
            case "input_ids", "position_ids" -> new long[] {rows, 1};
            case "attention_mask" -> new long[] {rows, tokens};
            default -> cacheShape(info.getShape(), rows, isShared ? tokens : tokens - 1);
        };
        long cells = 1;
        for (long dimension : shape) {
            cells *= dimension;
        }
        ByteBuffer buffer = ByteBuffer.allocateDirect(Math.toIntExact(cells * info.type.size))
                .order(ByteOrder.nativeOrder());
        int value = name.equals("attention_mask") ? 1 : name.equals("position_ids") ? tokens - 1 : 5;
        for (int i = 0; i < cells && !name.startsWith("past"); i++) {
            if (info.type == OnnxJavaType.INT64) {
                buffer.putLong(i * Long.BYTES, value);
            } else {
                buffer.putInt(i * Integer.BYTES, value);
            }
        }
        return OnnxTensor.createTensor(environment, buffer, shape, info.type);
    }

    private long[] cacheShape(long[] declared, int rows, int tokens) {
        return new long[] {
            rows,
            declared[1] > 0 ? declared[1] : folder.heads(),
            tokens,
            declared[3] > 0 ? declared[3] : folder.headSize()
        };
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
