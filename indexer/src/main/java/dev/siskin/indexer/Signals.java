package dev.siskin.indexer;

import java.lang.reflect.Proxy;
import java.util.List;

/**
 * Takes the signals that end a process before Java does: its shutdown hooks run all at once, and ONNX Runtime's takes the
 * environment from under a text that is embedded, which crashes the process. Java's own class for this is not of its
 * specification and compiles with a warning only, hence the reflection.
 */
final class Signals {
    private Signals() {}

    /**
     * Runs an action at each signal, on a thread of its own.
     *
     * @return whether all signals are taken: Windows has no HUP, and a JVM may be started so that it leaves them alone
     */
    static boolean onEnd(Runnable action) {
        boolean all = true;
        for (String name : List.of("INT", "TERM", "HUP")) {
            all &= isTaken(name, action);
        }
        return all;
    }

    private static boolean isTaken(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object taking = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
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
