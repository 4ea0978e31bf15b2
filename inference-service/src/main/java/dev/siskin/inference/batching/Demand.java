package dev.siskin.inference.batching;

import dev.siskin.api.AnswerRequest.Priority;
import dev.siskin.auth.ServiceTier;
import java.time.Duration;

/**
 * Who a job is for and what it takes.
 *
 * @param tenant whose it is
 * @param tokens it will read and write; at least 1
 * @param bytes it holds while it waits; at least 0
 * @param timeLeft until its deadline, counted from the offer
 */
public record Demand(
        String tenant, Priority priority, ServiceTier serviceTier, int tokens, long bytes, Duration timeLeft) {
    static final int CLASSES = Priority.values().length * ServiceTier.values().length;

    public Demand {
        if (tokens < 1 || bytes < 0) {
            throw new IllegalArgumentException(
                    "a job takes at least 1 token and 0 bytes: tokens=" + tokens + ", bytes=" + bytes);
        }
    }

    /** Which class the job waits in, from 0, the first to be served. */
    int jobClass() {
        int first = switch (priority) {
            case INTERACTIVE -> 0;
            case BATCH -> ServiceTier.values().length;
        };
        return first
                + switch (serviceTier) {
                    case PREMIUM -> 0;
                    case STANDARD -> 1;
                };
    }
}
