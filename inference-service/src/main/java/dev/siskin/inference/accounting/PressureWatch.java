package dev.siskin.inference.accounting;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** The pressure on memory as it was at most a moment ago: reading it takes longer than a request may. Thread-safe. */
public final class PressureWatch implements Supplier<Pressure> {
    private static final long INTERVAL_NANOS = Duration.ofMillis(250).toNanos();

    private final Supplier<Pressure> source;
    private final Ticker ticker;
    private final AtomicLong due;
    private volatile Pressure last = Pressure.NORMAL;

    public PressureWatch(Supplier<Pressure> source, Ticker ticker) {
        this.source = source;
        this.ticker = ticker;
        this.due = new AtomicLong(ticker.read());
    }

    @Override
    public Pressure get() {
        long now = ticker.read();
        long at = due.get();
        if (now - at >= 0 && due.compareAndSet(at, now + INTERVAL_NANOS)) {
            last = source.get();
        }
        return last;
    }
}
