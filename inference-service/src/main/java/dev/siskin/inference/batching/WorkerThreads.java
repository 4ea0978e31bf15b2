package dev.siskin.inference.batching;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Platform threads that take turns at a queue until it is closed; work is kept off the threads that carry HTTP. */
final class WorkerThreads {
    private final List<Thread> threads;

    /** Takes jobs and works on them. */
    interface Turn {
        /** Whether there will be another; false where the queue is closed. */
        boolean take() throws InterruptedException;
    }

    /** @param turns one for each thread */
    WorkerThreads(String name, int count, Supplier<Turn> turns) {
        if (count < 1) {
            throw new IllegalArgumentException(name + " needs at least 1 thread: " + count);
        }
        threads = IntStream.range(0, count)
                .mapToObj(
                        number -> Thread.ofPlatform().name(name + "-" + number).start(() -> repeat(turns.get())))
                .toList();
    }

    private static void repeat(Turn turn) {
        boolean more = true;
        while (more) {
            try {
                more = turn.take();
            } catch (InterruptedException stray) {
                // closing the queue is the one way to stop: an interrupt was the work's own, and is over
                more = true;
            }
        }
    }

    /** Waits until all have ended, which they do after the queue is closed. */
    void join() {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
