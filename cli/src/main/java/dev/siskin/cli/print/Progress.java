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
    private final boolean countsBytes;
    private final long total;
    private final long started = System.nanoTime();
    private final LongAdder done = new LongAdder();
    private final LongAdder before = new LongAdder();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private volatile String doing = "";
    private volatile String notice = "";

    private Progress(Terminal terminal, String unit, boolean countsBytes, long total) {
        this.terminal = terminal;
        this.unit = unit;
        this.countsBytes = countsBytes;
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
        return begin(new Progress(terminal, unit, false, total), quiet);
    }

    /** Begins to show how many bytes are done, and how fast. */
    public static Progress startBytes(Terminal terminal, boolean quiet, long total) {
        return begin(new Progress(terminal, "", true, total), quiet);
    }

    private static Progress begin(Progress progress, boolean quiet) {
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

    /** So many more are done; a negative number, so many must be done again. */
    public void advance(long more) {
        done.add(more);
    }

    /** So many were done before this began, and say nothing of how fast it goes. */
    public void doneBefore(long already) {
        before.add(already);
        done.add(already);
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

    /** {@code keyword: 120/900 queries, 12 s left}; {@code model.onnx: 12 MiB/90 MiB, 3 MiB/s, 26 s left}. */
    String line() {
        long now = done.sum();
        long here = now - before.sum();
        Duration passed = Duration.ofNanos(Math.max(1, System.nanoTime() - started));
        var line = new StringBuilder(doing.isEmpty() ? "" : doing + ": ");
        line.append(
                countsBytes
                        ? Amounts.bytes(now) + "/" + Amounts.bytes(total)
                        : "%,d/%,d %s".formatted(now, total, unit));
        if (countsBytes && here > 0) {
            double bytesPerSecond = here * 1e9 / passed.toNanos();
            line.append(", ").append(Amounts.bytes((long) bytesPerSecond)).append("/s");
        }
        if (here > 0 && now < total) {
            Duration left = passed.multipliedBy(total - now).dividedBy(here);
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
