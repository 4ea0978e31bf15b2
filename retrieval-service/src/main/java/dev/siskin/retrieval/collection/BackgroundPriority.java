package dev.siskin.retrieval.collection;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a thread the lowest share of the processor that Linux knows, so that merges take what searches leave. Java's own
 * thread priorities do nothing there.
 */
final class BackgroundPriority {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundPriority.class);

    /** {@code setpriority(2)}: of Linux alone, 0 is the calling thread there and not its process. */
    private static final int THIS_THREAD = 0;

    private static final int LOWEST = 19;
    private static final Optional<MethodHandle> SET_PRIORITY = setPriority();

    private BackgroundPriority() {}

    /** Lowers the calling thread, a platform thread, for good; does nothing where the system has no such thing. */
    static void takeHere() {
        SET_PRIORITY.ifPresent(setPriority -> {
            try {
                int failed = (int) setPriority.invokeExact(THIS_THREAD, 0, LOWEST);
                if (failed != 0) {
                    LOG.debug("merges keep their priority: setpriority answered {}", failed);
                }
            } catch (Throwable impossible) {
                LOG.debug("merges keep their priority", impossible);
            }
        });
    }

    @SuppressWarnings("restricted") // a thread's nice value cannot be set in Java
    private static Optional<MethodHandle> setPriority() {
        if (!System.getProperty("os.name", "").startsWith("Linux")) {
            return Optional.empty();
        }
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find("setpriority")
                .map(address ->
                        linker.downcallHandle(address, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)));
    }
}
