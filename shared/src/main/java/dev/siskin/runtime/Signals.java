package dev.siskin.runtime;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Takes the signals that end a process before Java does: its shutdown hooks run all at once, and ONNX Runtime's takes the
 * environment from under a text that is embedded or a model that is opened, which crashes the process. Java's own class
 * for this is not of its specification and compiles with a warning only, hence the reflection.
 */
public final class Signals {
    private static final int SIGNALLED = 128;

    private Signals() {}

    /**
     * Runs an action at each signal, which has no other effect. It is on a thread of its own, for which the process
     * lives on when all others have ended.
     *
     * @param action takes the exit status that tells of the signal, 143 for TERM
     * @return whether all signals are taken: Windows has no HUP, and a JVM may be started so that it leaves them alone
     */
    public static boolean onEnd(IntConsumer action) {
        boolean all = true;
        for (String name : List.of("INT", "TERM", "HUP")) {
            all &= isTaken(name, action);
        }
        return all;
    }

    private static boolean isTaken(String name, IntConsumer action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object taking = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            int status = SIGNALLED
                                    + (int) signal.getMethod("getNumber").invoke(arguments[0]);
                            Thread.ofPlatform().daemon(false).name("stop").start(() -> action.accept(status));
                        }
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), taking);
            return true;
        } catch (ReflectiveOperationException notHere) {
            return false;
        }
    }
}
