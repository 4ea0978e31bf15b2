package dev.siskin.indexer.reading;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs each parse on a thread of its own, for a limited time. One that does not end is interrupted and left behind; a
 * few such threads may linger, then parsing is refused rather than letting them eat the machine.
 */
final class TimeLimitedParse {
    static final int MAX_STUCK = 3;
    private static final long STACK_BYTES = 4L * 1024 * 1024;

    private final Duration limit;
    private final List<Thread> stuck = new ArrayList<>();

    TimeLimitedParse(Duration limit) {
        this.limit = limit;
    }

    /**
     * Waits for the result.
     *
     * @throws UnreadableDocumentException if the time ran out
     * @throws ExecutionException with what the parse threw, errors such as a stack overflow included
     */
    <T> T run(String name, Callable<T> parse)
            throws UnreadableDocumentException, ExecutionException, InterruptedException {
        stuck.removeIf(thread -> !thread.isAlive());
        if (stuck.size() >= MAX_STUCK) {
            throw new UnreadableDocumentException(
                    "not tried: " + MAX_STUCK + " earlier files still occupy their parsers",
                    "move the files reported as too slow away and run again");
        }
        var task = new FutureTask<>(parse);
        Thread thread = Thread.ofPlatform()
                .daemon()
                .name("parse " + name)
                .stackSize(STACK_BYTES)
                .start(task);
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException tooSlow) {
            task.cancel(true);
            stuck.add(thread);
            throw new UnreadableDocumentException(
                    "reading took longer than " + limit.toSeconds() + " s",
                    "split the file, or raise indexer.read.timeout");
        } catch (InterruptedException stopped) {
            task.cancel(true);
            throw stopped;
        }
    }
}
