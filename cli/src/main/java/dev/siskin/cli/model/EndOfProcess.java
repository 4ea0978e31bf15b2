package dev.siskin.cli.model;

import dev.siskin.cli.CommandFailure;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C while work is under way: the work is told, and the process ends when it has taken itself back. Made and
 * closed by the thread that works.
 */
public final class EndOfProcess implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 10;

    private final Thread hook = new Thread(this::begin, "end-of-process");
    private final CountDownLatch workIsOver = new CountDownLatch(1);
    private volatile boolean hasBegun;

    private EndOfProcess() {}

    /** Watches for it until closed. */
    public static EndOfProcess watch() {
        var end = new EndOfProcess();
        try {
            Runtime.getRuntime().addShutdownHook(end.hook);
        } catch (IllegalStateException shuttingDown) {
            end.hasBegun = true;
        }
        return end;
    }

    /** @throws CommandFailure where the process is to end */
    public void check() {
        if (hasBegun) {
            throw new CommandFailure("interrupted");
        }
    }

    /** Tells the work, and waits until it is over. */
    void begin() {
        hasBegun = true;
        try {
            if (!workIsOver.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the work does not end");
            }
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        workIsOver.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // The hook is running, and was just told that the work is over.
            return;
        }
    }
}
