package dev.siskin.inference.accounting;

import dev.siskin.api.AnswerResponse;
import dev.siskin.api.AnswerResponse.Degraded;
import dev.siskin.api.AnswerResponse.Timings;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Metrics of answers: {@code siskin.answers} by tenant, outcome (answered, abstained, degraded) and cache,
 * {@code siskin.answer.stage} by stage, {@code siskin.answer.tokens} read and written, {@code siskin.answer.cost.usd}
 * by tenant, {@code siskin.cache.bytes}. Tenants appear by their ids.
 */
public final class AnswerMeters {
    private static final double NANOS_PER_MS = 1e6;

    private final MeterRegistry registry;

    /** @param cacheBytes what the hot cache holds now */
    public AnswerMeters(MeterRegistry registry, Supplier<Number> cacheBytes) {
        this.registry = registry;
        Gauge.builder("siskin.cache.bytes", cacheBytes)
                .description("Estimated bytes in the hot cache")
                .register(registry);
    }

    /** Counts an answer. */
    public void record(String tenant, AnswerResponse answer) {
        Counter.builder("siskin.answers")
                .description("Answers by tenant, outcome and cache")
                .tag("tenant", tenant)
                .tag("outcome", outcome(answer))
                .tag("cache", answer.cache().name().toLowerCase(Locale.ROOT))
                .register(registry)
                .increment();
        step(answer.route().degraded());
        Counter.builder("siskin.answer.cost.usd")
                .description("Cost of answers by the cost model")
                .tag("tenant", tenant)
                .register(registry)
                .increment(answer.cost().usd());
        Timings timings = answer.timingsMs();
        stage("queue", timings.queue());
        stage("retrieve", timings.retrieve());
        stage("shape", timings.shape());
        stage("generate", timings.generate());
        stage("total", timings.total());
        tokens("read", answer.usage().promptTokens());
        tokens("written", answer.usage().completionTokens());
    }

    private void step(@Nullable Degraded taken) {
        if (taken != null) {
            Counter.builder("siskin.answer.steps")
                    .description("Answers that a step of the ladder stands in for, by step and cause")
                    .tag("step", taken.step())
                    .tag("cause", taken.cause())
                    .register(registry)
                    .increment();
        }
    }

    private static String outcome(AnswerResponse answer) {
        if (answer.route().degraded() != null) {
            return "degraded";
        }
        return answer.abstained() ? "abstained" : "answered";
    }

    private void stage(String stage, double ms) {
        Timer.builder("siskin.answer.stage")
                .description("Time of answers by stage")
                .tag("stage", stage)
                .register(registry)
                .record(Math.round(ms * NANOS_PER_MS), TimeUnit.NANOSECONDS);
    }

    private void tokens(String direction, int tokens) {
        Counter.builder("siskin.answer.tokens")
                .description("Estimated tokens read and written")
                .tag("direction", direction)
                .register(registry)
                .increment(tokens);
    }
}
