package dev.siskin.inference.decoding;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import dev.siskin.runtime.NativeLibraries;

/** ONNX Runtime itself, as this process has it once. */
public final class OnnxRuntime {
    private OnnxRuntime() {}

    /**
     * Starts it, unless it runs: some 10 MiB, which are no model's.
     *
     * @throws IllegalStateException where its libraries are not found
     */
    public static void start() {
        environment();
    }

    static OrtEnvironment environment() {
        NativeLibraries.load();
        return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "siskin");
    }
}
