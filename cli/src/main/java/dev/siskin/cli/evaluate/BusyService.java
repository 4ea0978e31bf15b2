package dev.siskin.cli.evaluate;

import dev.siskin.cli.CommandFailure;
import dev.siskin.http.ServiceException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Repeats a request that a service is too busy for, 429 or 503: after as long as it asks ({@code Retry-After}), else a
 * second, until it would have waited for {@link #PATIENCE}.
 */
final class BusyService {
    static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final Set<Integer> BUSY = Set.of(429, 503);
    private static final long PAUSE_SECONDS = 1;

    private final Consumer<String> notice;

    /** @param notice is told why requests wait, and an empty text when they go on */
    BusyService(Consumer<String> notice) {
        this.notice = notice;
    }

    /** @throws CommandFailure where patience is over */
    <T> T ask(Supplier<T> request) throws InterruptedException {
        long began = System.nanoTime();
        while (true) {
            try {
                T answer = request.get();
                notice.accept("");
                return answer;
            } catch (ServiceException refusal) {
                if (!BUSY.contains(refusal.status())) {
                    throw refusal;
                }
                Duration pause = Duration.ofSeconds(refusal.retryAfterSeconds().orElse(PAUSE_SECONDS));
                Duration waited = Duration.ofNanos(System.nanoTime() - began);
                if (waited.plus(pause).compareTo(PATIENCE) > 0) {
                    throw new CommandFailure(
                            "given up, the service is busy: %s (waited %d s, it asks for %d s more); try again later, or with a lower --concurrency"
                                    .formatted(refusal.detail(), waited.toSeconds(), pause.toSeconds()));
                }
                notice.accept("%s; trying again in %d s".formatted(refusal.detail(), pause.toSeconds()));
                Thread.sleep(pause);
            }
        }
    }
}
