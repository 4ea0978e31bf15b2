package dev.siskin.runtime;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/** Keeps native memory from being freed under a running call: calls share the gate, closing waits for them and bars it. */
public final class UseGate {
    private final String what;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    public UseGate(String what) {
        this.what = what;
    }

    /** Runs the call with the gate held open; throws {@link IllegalStateException} if it is closed. */
    public <T> T use(Supplier<T> call) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException(what + " is closed");
            }
            return call.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Waits for the calls under way and frees; only the first closing frees. */
    public void close(Runnable free) {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                free.run();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
