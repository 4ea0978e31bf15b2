package dev.siskin.inference.generation.remote;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.inference.circuit.CircuitBreaker;
import dev.siskin.inference.circuit.CircuitBreaker.Pass;
import dev.siskin.inference.circuit.CircuitBreaker.Verdict;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps requests from an endpoint that is out of order: after {@link CircuitBreaker#FAILURES} failures in a row, or where
 * it asks to be left alone. One call tries it after {@link #FIRST_WAIT}, and where that fails after twice the time, up to
 * {@link #LONGEST_WAIT}. Only an endpoint that is away or out of order counts ({@link RemoteFailure.Fault}): no client can
 * open the circuit for others with a request that cannot be answered, or with no time for it, and a refusal of the key
 * (401, 403) is told as what it is each time. Thread-safe.
 */
final class EndpointCircuit {
    static final Duration FIRST_WAIT = Duration.ofSeconds(5);
    static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(EndpointCircuit.class);

    private final String endpoint;
    private final CircuitBreaker breaker;

    /** @param endpoint as the log shall name it */
    EndpointCircuit(String endpoint, Ticker ticker) {
        this.endpoint = endpoint;
        this.breaker = new CircuitBreaker(ticker, FIRST_WAIT, LONGEST_WAIT);
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
        breaker.tryAfterPause();
        @Nullable Pass pass = breaker.enter();
        if (pass == null) {
            throw RemoteFailure.ofRequest("has failed lately and is left alone for a while");
        }
        try {
            T result = call.run();
            pass.end(Verdict.ALIVE);
            return result;
        } catch (RemoteFailure failure) {
            note(pass, failure);
            throw failure;
        } finally {
            // where it ended otherwise; does nothing where that is noted
            pass.end(Verdict.NONE);
        }
    }

    private void note(Pass pass, RemoteFailure failure) {
        switch (failure.fault()) {
            case ENDPOINT -> {
                boolean opened = pass.end(Verdict.FAILED);
                Optional<Duration> asked = failure.retryAfter().filter(Duration::isPositive);
                asked.ifPresent(breaker::leaveAlone);
                if (opened || asked.isPresent()) {
                    LOG.warn("{} is left alone for a while", endpoint);
                }
            }
            case SETTINGS -> pass.end(Verdict.ALIVE);
            case REQUEST -> pass.end(Verdict.NONE);
        }
    }
}
