package dev.siskin.retrieval.codec;

import java.util.Locale;

/** Whether arithmetic with {@code jdk.incubator.vector} is fast here; names no class of it, which may not be there. */
final class VectorModule {
    private static final String NAME = "jdk.incubator.vector";

    private VectorModule() {}

    /**
     * False where the process was started without the module, and where the JVM does not compile it to vector
     * instructions, as after a low-memory start: each operation is a loop then, and makes an object.
     */
    static boolean isFast() {
        String compiler = System.getProperty("java.vm.info", "").toLowerCase(Locale.ROOT);
        return ModuleLayer.boot().findModule(NAME).isPresent()
                && !compiler.contains("emulated-client")
                && !compiler.contains("interpreted mode");
    }
}
