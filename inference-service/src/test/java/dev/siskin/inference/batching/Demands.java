package dev.siskin.inference.batching;

import dev.siskin.api.AnswerRequest.Priority;
import dev.siskin.auth.ServiceTier;
import java.time.Duration;

/** What the jobs of these tests ask. */
final class Demands {
    static final Duration LONG = Duration.ofSeconds(60);

    private Demands() {}

    /** An interactive, standard job of 1 token and no bytes. */
    static Demand small() {
        return of("tenant", 1);
    }

    static Demand of(String tenant, int tokens) {
        return new Demand(tenant, Priority.INTERACTIVE, ServiceTier.STANDARD, tokens, 0, LONG);
    }

    static Demand of(Priority priority, ServiceTier serviceTier) {
        return new Demand("tenant", priority, serviceTier, 1, 0, LONG);
    }

    static Demand of(int tokens, long bytes) {
        return new Demand("tenant", Priority.INTERACTIVE, ServiceTier.STANDARD, tokens, bytes, LONG);
    }

    static Demand within(Duration timeLeft) {
        return new Demand("tenant", Priority.INTERACTIVE, ServiceTier.STANDARD, 1, 0, timeLeft);
    }

    static Demand of(String tenant, Priority priority, ServiceTier serviceTier) {
        return new Demand(tenant, priority, serviceTier, 1, 0, LONG);
    }
}
