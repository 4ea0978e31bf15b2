package dev.siskin.indexer.sending;

import dev.siskin.http.ServiceException;
import dev.siskin.http.ServiceUnreachableException;
import dev.siskin.indexer.progress.StopSignal;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Repeats a request while the service is busy, full, restarting or away: after as long as it asks ({@code Retry-After}),
 * else after a pause that doubles, until a limit since the last success. A request that the service refuses for good is
 * not repeated. Everything the indexer sends may be sent twice.
 */
public final class Patience {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
    private static final Duration LONGEST_ASKED_PAUSE = Duration.ofMinutes(1);

    private final Duration limit;
    private final StopSignal stop;
    private final Consumer<String> notice;

    /**
     * Patience for some time.
     *
     * @param stop ends a pause at once
     * @param notice is told why the run waits, and an empty text when it goes on
     */
    public Patience(Duration limit, StopSignal stop, Consumer<String> notice) {
        this.limit = limit;
        this.stop = stop;
        this.notice = notice;
    }

    /**
     * Makes a request until it succeeds.
     *
     * @throws GaveUpException if the limit is over or the run is to stop
     * @throws ServiceException if the service refuses it for good
     */
    public <T> T call(Supplier<T> request) throws GaveUpException, InterruptedException {
        long firstFailure = 0;
        for (int attempt = 0; ; attempt++) {
            String why;
            Duration pause = pause(attempt);
            try {
                T answer = request.get();
                if (attempt > 0) {
                    notice.accept("");
                }
                return answer;
            } catch (ServiceUnreachableException away) {
                why = String.valueOf(away.getMessage());
            } catch (ServiceException refusal) {
                if (!isTemporary(refusal.status())) {
                    throw refusal;
                }
                why = refusal.detail();
                pause = asked(refusal.retryAfterSeconds(), pause);
            }
            firstFailure = attempt == 0 ? System.nanoTime() : firstFailure;
            await(why, pause, Duration.ofNanos(System.nanoTime() - firstFailure));
        }
    }

    private void await(String why, Duration pause, Duration waited) throws GaveUpException, InterruptedException {
        if (waited.plus(pause).compareTo(limit) > 0) {
            throw new GaveUpException("%s (waited %d s for it)".formatted(why, waited.toSeconds()));
        }
        notice.accept("%s; trying again in %d s".formatted(why, Math.max(1, pause.toSeconds())));
        if (stop.await(pause)) {
            throw new GaveUpException(why);
        }
    }

    private static boolean isTemporary(int status) {
        return status == 429 || status >= 500;
    }

    private static Duration pause(int attempt) {
        Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(attempt, 10));
        return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }

    private static Duration asked(OptionalLong seconds, Duration pause) {
        if (seconds.isEmpty()) {
            return pause;
        }
        Duration asked = Duration.ofSeconds(seconds.getAsLong());
        return asked.compareTo(LONGEST_ASKED_PAUSE) < 0 ? asked : LONGEST_ASKED_PAUSE;
    }
}
