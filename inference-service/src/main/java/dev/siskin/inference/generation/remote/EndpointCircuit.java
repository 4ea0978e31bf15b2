package dev.siskin.inference.generation.remote;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps requests from an endpoint that is out of order. Opens where half or more of the last {@link #WINDOW} calls, and
 * {@link #FEWEST} at least, have failed, or the endpoint asks to be left alone. One call tries it after
 * {@link #FIRST_WAIT}, and where that fails after twice the time, up to {@link #LONGEST_WAIT}. Only an endpoint that is
 * away or out of order counts ({@link RemoteFailure.Fault}): no client can open the circuit for others with a request that
 * cannot be answered, or with no time for it, and a refusal of the key (401, 403) is told as what it is each time.
 * Thread-safe.
 */
final class EndpointCircuit {
    static final int WINDOW = 10;
    static final int FEWEST = 3;
    static final Duration FIRST_WAIT = Duration.ofSeconds(5);
    static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(EndpointCircuit.class);
    private static final float HALF = 50;

    private final CircuitBreaker breaker;

    /** @param endpoint as the log shall name it */
    EndpointCircuit(String endpoint, Clock clock) {
        var config = CircuitBreakerConfig.custom()
                .slidingWindow(WINDOW, FEWEST, CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
                .failureRateThreshold(HALF)
                .permittedNumberOfCallsInHalfOpenState(1)
                .waitIntervalFunctionInOpenState(IntervalFunction.ofExponentialBackoff(FIRST_WAIT, 2, LONGEST_WAIT))
                .clock(clock)
                .build();
        breaker = CircuitBreaker.of("remote", config);
        breaker.getEventPublisher().onStateTransition(event -> {
            var states = event.getStateTransition();
            LOG.warn("circuit of {}: {} to {}", endpoint, states.getFromState(), states.getToState());
        });
    }

    /** A call that the circuit lets through. */
    interface Call<T> {
        T run() throws RemoteFailure;
    }

    /**
     * Runs the call and takes note of how it ends.
     *
     * @throws RemoteFailure of the call, or at once where the circuit is open
     */
    <T> T run(Call<T> call) throws RemoteFailure {
        if (!breaker.tryAcquirePermission()) {
            throw RemoteFailure.ofRequest("has failed lately and is left alone for a while");
        }
        boolean noted = false;
        try {
            T result = call.run();
            breaker.onSuccess(0, TimeUnit.NANOSECONDS);
            noted = true;
            return result;
        } catch (RemoteFailure failure) {
            if (failure.fault() == RemoteFailure.Fault.ENDPOINT) {
                breaker.onError(0, TimeUnit.NANOSECONDS, failure);
                noted = true;
                failure.retryAfter().ifPresent(this::leaveAlone);
            }
            throw failure;
        } finally {
            if (!noted) {
                breaker.releasePermission();
            }
        }
    }

    private void leaveAlone(Duration asked) {
        Duration wait = asked.compareTo(LONGEST_WAIT) < 0 ? asked : LONGEST_WAIT;
        if (wait.isPositive()) {
            breaker.transitionToOpenStateFor(wait);
        }
    }
}
