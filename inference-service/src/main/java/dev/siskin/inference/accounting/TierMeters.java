package dev.siskin.inference.accounting;

import dev.siskin.api.Tier;
import dev.siskin.inference.batching.QueueReading;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Metrics of the queue before a tier: {@code siskin.queue.depth}, {@code .tokens} and {@code .bytes} of what waits, {@code
 * siskin.queue.jobs} by outcome (taken, refused, pushed_out, cancelled, late), {@code siskin.queue.waited.seconds} of those
 * taken.
 */
public final class TierMeters {
    private static final double NANOS_PER_SECOND = 1e9;

    private TierMeters() {}

    public static void register(MeterRegistry registry, Tier tier, Supplier<QueueReading> queue) {
        String name = tier.name().toLowerCase(Locale.ROOT);
        waiting(registry, name, queue, "depth", QueueReading::depth);
        waiting(registry, name, queue, "tokens", QueueReading::tokens);
        waiting(registry, name, queue, "bytes", QueueReading::bytes);
        jobs(registry, name, queue, "taken", QueueReading::taken);
        jobs(registry, name, queue, "refused", QueueReading::refused);
        jobs(registry, name, queue, "pushed_out", QueueReading::pushedOut);
        jobs(registry, name, queue, "cancelled", QueueReading::cancelled);
        jobs(registry, name, queue, "late", QueueReading::late);
        FunctionCounter.builder(
                        "siskin.queue.waited.seconds", queue, q -> q.get().waitedNanos() / NANOS_PER_SECOND)
                .description("Time that jobs have waited until they were taken")
                .tag("tier", name)
                .register(registry);
    }

    private static void waiting(
            MeterRegistry registry,
            String tier,
            Supplier<QueueReading> queue,
            String what,
            ToDoubleFunction<QueueReading> value) {
        Gauge.builder("siskin.queue." + what, queue, q -> value.applyAsDouble(q.get()))
                .description("What waits for a generation tier: " + what)
                .tag("tier", tier)
                .strongReference(true)
                .register(registry);
    }

    private static void jobs(
            MeterRegistry registry,
            String tier,
            Supplier<QueueReading> queue,
            String outcome,
            ToDoubleFunction<QueueReading> value) {
        FunctionCounter.builder("siskin.queue.jobs", queue, q -> value.applyAsDouble(q.get()))
                .description("Jobs of a generation tier's queue by what became of them")
                .tag("tier", tier)
                .tag("outcome", outcome)
                .register(registry);
    }
}
