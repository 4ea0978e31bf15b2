package dev.siskin.inference.accounting;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.api.AnswerResponse.Timings;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * Splits the time of one answer into stages. Thread-safe: the thread that answers may give up waiting and read while the
 * one that loads for it still books its laps.
 */
public final class StageClock {
    private static final double NANOS_PER_MS = 1e6;

    private final Ticker ticker;
    private final long began;
    private final Map<Stage, Long> stages = new EnumMap<>(Stage.class);
    private long lap;

    /** Starts now. */
    public StageClock(Ticker ticker) {
        this.ticker = ticker;
        this.began = ticker.read();
        this.lap = began;
    }

    /** Books the time since the last lap. */
    public synchronized void lap(Stage stage) {
        long now = ticker.read();
        stages.merge(stage, now - lap, Long::sum);
        lap = now;
    }

    /** Time since the start. */
    public Duration elapsed() {
        return Duration.ofNanos(ticker.read() - began);
    }

    /** Milliseconds by stage, and in all until now. */
    public synchronized Timings timings() {
        return new Timings(
                ms(Stage.QUEUE),
                ms(Stage.RETRIEVE),
                ms(Stage.SHAPE),
                ms(Stage.GENERATE),
                rounded(elapsed().toNanos() / NANOS_PER_MS));
    }

    private double ms(Stage stage) {
        return rounded(stages.getOrDefault(stage, 0L) / NANOS_PER_MS);
    }

    /** Microseconds are as fine as it gets. */
    private static double rounded(double ms) {
        return Math.round(ms * 1000) / 1000.0;
    }
}
