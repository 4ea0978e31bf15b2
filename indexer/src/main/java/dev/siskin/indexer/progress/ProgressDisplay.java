package dev.siskin.indexer.progress;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Shows a run's progress as it goes: a bar that redraws itself on a terminal, a line every few seconds elsewhere. */
public final class ProgressDisplay implements AutoCloseable {
    private static final Duration REDRAW = Duration.ofMillis(200);
    private static final Duration LINE_EVERY = Duration.ofSeconds(5);
    private static final String ERASE_LINE = "\r\u001b[K";

    private final RunProgress progress;
    private final PrintStream out;
    private final boolean terminal;
    private final int columns;
    private final long started = System.nanoTime();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    private ProgressDisplay(RunProgress progress, PrintStream out, boolean terminal, int columns) {
        this.progress = progress;
        this.out = out;
        this.terminal = terminal;
        this.columns = columns;
        this.thread = Thread.ofPlatform().daemon().name("progress").unstarted(this::show);
    }

    /** Begins to show progress until closed. */
    public static ProgressDisplay start(RunProgress progress, PrintStream out, boolean terminal, int columns) {
        var display = new ProgressDisplay(progress, out, terminal, columns);
        display.thread.start();
        return display;
    }

    private void show() {
        Duration pause = terminal ? REDRAW : LINE_EVERY;
        try {
            while (!closed.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                double seconds = (System.nanoTime() - started) / 1e9;
                if (terminal) {
                    out.print(ERASE_LINE + ProgressLine.bar(progress.snapshot(), seconds, columns));
                    out.flush();
                } else {
                    out.println(ProgressLine.plain(progress.snapshot(), seconds));
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Removes the bar. */
    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        if (terminal) {
            out.print(ERASE_LINE);
            out.flush();
        }
    }
}
