package dev.siskin.inference.retrieval;

import dev.siskin.inference.circuit.CircuitBreaker;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;

/**
 * Metrics of the calls to retrieval-service: {@code siskin.retrieval.calls} by endpoint, kind (search, poll, probe) and
 * outcome, {@code siskin.retrieval.second.attempts} by kind (retry, hedge), {@code siskin.retrieval.breaker} by
 * endpoint: 0 closed, 1 half open, 2 open.
 */
final class RetrievalMeters {
    private final MeterRegistry registry;

    /** What a call is for. */
    enum Kind {
        SEARCH,
        POLL,
        PROBE
    }

    /** How a call ended. */
    enum Outcome {
        ANSWERED,
        /** The service said no: 4xx. */
        REFUSED,
        /** The service could not now: 5xx. */
        UNAVAILABLE,
        UNREACHABLE,
        TIMED_OUT,
        /** Not the contract, or too large. */
        GARBAGE,
        /** There was no memory to read the response. */
        NO_ROOM,
        /** Another attempt was faster, or nobody waited any more. */
        CANCELLED
    }

    RetrievalMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    void watch(String endpoint, CircuitBreaker breaker) {
        Gauge.builder("siskin.retrieval.breaker", breaker, watched -> number(watched.state()))
                .description("Circuit breaker of an endpoint: 0 closed, 1 half open, 2 open")
                .tag("endpoint", endpoint)
                .register(registry);
    }

    private static int number(CircuitBreaker.State state) {
        return switch (state) {
            case CLOSED -> 0;
            case HALF_OPEN -> 1;
            case OPEN -> 2;
        };
    }

    void called(String endpoint, Kind kind, Outcome outcome) {
        Counter.builder("siskin.retrieval.calls")
                .description("Calls to retrieval-service by endpoint, kind and outcome")
                .tag("endpoint", endpoint)
                .tag("kind", lower(kind))
                .tag("outcome", lower(outcome))
                .register(registry)
                .increment();
    }

    void hedged() {
        second("hedge");
    }

    void retried() {
        second("retry");
    }

    private void second(String kind) {
        Counter.builder("siskin.retrieval.second.attempts")
                .description("Searches asked a second time")
                .tag("kind", kind)
                .register(registry)
                .increment();
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
