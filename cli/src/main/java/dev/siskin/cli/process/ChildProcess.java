package dev.siskin.cli.process;

import dev.siskin.cli.CommandFailure;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A process that this command waits for, and that ends with it. */
final class ChildProcess {
    private static final long STOP_TIMEOUT_SECONDS = 30;

    private Optional<Process> child = Optional.empty();
    private boolean stopping;

    private ChildProcess() {}

    /** Waits for what a process does. */
    @FunctionalInterface
    interface Wait<T> {
        T until(Process process) throws IOException, InterruptedException;
    }

    /**
     * Runs a process to its end. When this command is interrupted meanwhile, so is the process, which is waited for.
     *
     * @param what it is, as an error names it
     * @throws CommandFailure where it cannot be started or this command is interrupted
     */
    static <T> T run(ProcessBuilder builder, String what, Wait<T> wait) {
        var running = new ChildProcess();
        var stop = new Thread(running::stop, "stop-child");
        try {
            // Before the process is there: interrupted in between, this command would leave it running.
            Runtime.getRuntime().addShutdownHook(stop);
            T result = wait.until(running.start(builder));
            remove(stop);
            return result;
        } catch (IllegalStateException shuttingDown) {
            throw new CommandFailure("interrupted before " + what + " was started");
        } catch (IOException refused) {
            throw new CommandFailure(what + " cannot be started: " + refused.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted while " + what + " was running");
        }
    }

    /** @throws IllegalStateException where this process is ending already */
    private synchronized Process start(ProcessBuilder builder) throws IOException {
        if (stopping) {
            throw new IllegalStateException("this process is ending");
        }
        Process started = builder.start();
        child = Optional.of(started);
        return started;
    }

    private synchronized Optional<Process> beginStop() {
        stopping = true;
        return child;
    }

    private void stop() {
        beginStop().ifPresent(ChildProcess::stop);
    }

    private static void stop(Process child) {
        child.destroy();
        try {
            if (!child.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                child.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            child.destroyForcibly();
        }
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // The hook is running and sees that the process has ended.
            return;
        }
    }
}
