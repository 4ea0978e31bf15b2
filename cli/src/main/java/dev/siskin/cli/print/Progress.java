package dev.siskin.cli.print;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * How far a command is, shown until closed: a bar that is drawn again on a terminal, a line every few seconds
 * elsewhere. Thread-safe.
 */
public final class Progress implements AutoCloseable {
    private static final Duration REDRAW = Duration.ofMillis(200);
    private static final Duration LINE_EVERY = Duration.ofSeconds(5);
    private static final String ERASE_LINE = "\r\u001b[K";
    private static final int BAR_CELLS = 20;

    private final Terminal terminal;
    private final String unit;
    private final long total;
    private final long started = System.nanoTime();
    private final LongAdder done = new LongAdder();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private volatile String doing = "";
    private volatile String notice = "";

    private Progress(Terminal terminal, String unit, long total) {
        this.terminal = terminal;
        this.unit = unit;
        this.total = total;
        this.thread = Thread.ofPlatform().daemon().name("progress").unstarted(this::show);
    }

    /**
     * Begins to show progress.
     *
     * @param quiet shows nothing
     * @param unit what is counted, in the plural
     */
    public static Progress start(Terminal terminal, boolean quiet, String unit, long total) {
        var progress = new Progress(terminal, unit, total);
        if (!quiet) {
            progress.thread.start();
        }
        return progress;
    }

    /** What is being done now. */
    public void doing(String text) {
        doing = text;
    }

    /** Something the user should see as it lasts, such as a busy service; empty = nothing. */
    public void notice(String text) {
        notice = text;
    }

    /** One more is done. */
    public void step() {
        done.increment();
    }

    private void show() {
        PrintStream err = terminal.err();
        Duration pause = terminal.interactive() ? REDRAW : LINE_EVERY;
        try {
            while (!closed.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                if (terminal.interactive()) {
                    err.print(ERASE_LINE + bar(terminal.width()));
                    err.flush();
                } else {
                    err.println(line());
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** At most {@code columns} wide. */
    String bar(int columns) {
        int filled = total == 0 ? 0 : (int) (BAR_CELLS * Math.min(total, done.sum()) / total);
        String line = "[" + "#".repeat(filled) + ".".repeat(BAR_CELLS - filled) + "] " + line();
        return line.length() <= columns ? line : line.substring(0, columns - 1) + "…";
    }

    /** {@code keyword: 120/900 queries, 12 s left}. */
    String line() {
        long now = done.sum();
        var line = new StringBuilder(doing.isEmpty() ? "" : doing + ": ");
        line.append("%,d/%,d %s".formatted(now, total, unit));
        if (now > 0 && now < total) {
            Duration left = Duration.ofNanos(System.nanoTime() - started)
                    .multipliedBy(total - now)
                    .dividedBy(now);
            line.append(", ").append(Amounts.duration(left)).append(" left");
        }
        return notice.isEmpty() ? line.toString() : line + "; " + Wrap.oneLine(notice);
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
        if (terminal.interactive() && thread.getState() != Thread.State.NEW) {
            terminal.err().print(ERASE_LINE);
            terminal.err().flush();
        }
    }
}
