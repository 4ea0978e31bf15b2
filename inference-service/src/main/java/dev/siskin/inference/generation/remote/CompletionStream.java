package dev.siskin.inference.generation.remote;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A streamed chat completion on the wire. One thread reads; any may close, upon which the reading ends with a failure
 * and the connection with it.
 */
final class CompletionStream implements AutoCloseable {
    /** Most bytes of a whole response: some 300 a token, so several times the longest answer that can be asked for. */
    static final long LONGEST = 8L << 20;

    private static final int LONGEST_ERROR = 4096;
    private static final String END = "[DONE]";

    /** So long the words of a refusal are waited for: its status says enough, and a lower tier may stand in. */
    private static final Duration FOR_AN_ERROR = Duration.ofMillis(250);

    /** So long the end of a complete response is waited for, so that its connection can be used again. */
    private static final Duration FOR_THE_END = Duration.ofMillis(50);

    private final HttpClient http;
    private final String key;
    private final Patience patience;
    private final ResponseBytes bytes = new ResponseBytes();
    private final ServerSentEvents events = new ServerSentEvents();
    private final Queue<String> waiting = new ArrayDeque<>();
    private @Nullable Future<?> exchange;
    private boolean closed;
    private boolean begun;
    private long read;

    /** @param key that must not show in a message */
    CompletionStream(HttpClient http, String key, Patience patience) {
        this.http = http;
        this.key = key;
        this.patience = patience;
    }

    /**
     * Sends the request and waits for the response to begin.
     *
     * @throws RemoteFailure where there is none, or none of the kind
     */
    void open(HttpRequest request) throws RemoteFailure, InterruptedException {
        CompletableFuture<HttpResponse<ResponseBytes>> sent = http.sendAsync(request, _ -> bytes);
        closeLater(sent);
        try {
            HttpResponse<ResponseBytes> response =
                    sent.get(patience.untilTheFirst().toNanos(), TimeUnit.NANOSECONDS);
            refuseErrors(response);
        } catch (ExecutionException failed) {
            throw unreachable(failed.getCause());
        } catch (TimeoutException late) {
            throw patience.ranOut();
        } catch (CancellationException cancelled) {
            throw RemoteFailure.ofRequest("was left before it answered");
        }
    }

    private void closeLater(Future<?> sent) {
        boolean now;
        synchronized (this) {
            exchange = sent;
            now = closed;
        }
        if (now) {
            sent.cancel(true);
        }
    }

    /**
     * The next event.
     *
     * @return empty at the end, be it said or not
     * @throws RemoteFailure where the response breaks off, stands still or is none of the kind
     */
    Optional<CompletionChunk> next() throws RemoteFailure, InterruptedException {
        while (waiting.isEmpty()) {
            Optional<byte[]> piece = piece();
            if (piece.isEmpty()) {
                return Optional.empty();
            }
            waiting.addAll(events.add(piece.get()));
        }
        String data = waiting.remove();
        if (data.equals(END)) {
            awaitEnd();
            return Optional.empty();
        }
        return Optional.of(CompletionChunk.parse(data, key));
    }

    private Optional<byte[]> piece() throws RemoteFailure, InterruptedException {
        try {
            Optional<byte[]> piece = bytes.next(begun ? patience.untilTheNext() : patience.untilTheFirst());
            begun = true;
            read += piece.map(some -> some.length).orElse(0);
            if (read > LONGEST) {
                throw RemoteFailure.ofEndpoint("sends more than " + LONGEST + " bytes for one answer", null);
            }
            return piece;
        } catch (IOException broken) {
            throw RemoteFailure.ofEndpoint("broke the connection off in the middle of an answer", broken);
        } catch (TimeoutException late) {
            throw patience.ranOut();
        }
    }

    private void awaitEnd() throws InterruptedException {
        try {
            bytes.next(FOR_THE_END);
        } catch (IOException | TimeoutException noEnd) {
            // the answer is complete all the same; closing gives the connection up
        }
    }

    private void refuseErrors(HttpResponse<ResponseBytes> response) throws RemoteFailure, InterruptedException {
        int status = response.statusCode();
        if (status != 200) {
            throw refusal(status, response.headers().firstValue("Retry-After"));
        }
        String type = response.headers().firstValue("Content-Type").orElse("nothing that says what it is");
        if (!type.toLowerCase(Locale.ROOT).startsWith("text/event-stream")) {
            throw RemoteFailure.ofEndpoint("answers with no stream of events (text/event-stream)", null)
                    .saying(RemoteError.clean(type, key));
        }
    }

    /** Of a key that is refused the endpoint's words are dropped: they may quote a part of it. */
    private RemoteFailure refusal(int status, Optional<String> retryAfter) throws InterruptedException {
        if (status == 401 || status == 403) {
            return RemoteFailure.ofSettings("refuses the key (HTTP " + status + ")");
        }
        return failure(status, retryAfter.flatMap(CompletionStream::seconds))
                .saying(RemoteError.clean(RemoteError.messageOf(errorBody()), key));
    }

    private static RemoteFailure failure(int status, Optional<Duration> wait) {
        String code = " (HTTP " + status + ")";
        if (status >= 300 && status < 400) {
            return RemoteFailure.ofSettings("redirects, which is not followed: set the final address" + code);
        }
        if ((status == 429 || status == 503) && wait.isPresent()) {
            return RemoteFailure.busy("asks to be left alone for " + wait.get().toSeconds() + " s" + code, wait.get());
        }
        if (RemoteError.isRequests(status)) {
            return RemoteFailure.ofRequest("refuses the request" + code);
        }
        return switch (status) {
            case 404 -> RemoteFailure.ofSettings("has no such address or model" + code);
            case 429 -> RemoteFailure.ofEndpoint("has too many requests" + code, null);
            default -> RemoteFailure.ofEndpoint("cannot answer now" + code, null);
        };
    }

    /** As much of it as comes soon. */
    private byte[] errorBody() throws InterruptedException {
        var body = new ByteArrayOutputStream();
        long began = System.nanoTime();
        try {
            while (body.size() < LONGEST_ERROR) {
                Optional<byte[]> piece = bytes.next(FOR_AN_ERROR.minusNanos(System.nanoTime() - began));
                if (piece.isEmpty()) {
                    break;
                }
                body.writeBytes(piece.get());
            }
        } catch (IOException | TimeoutException cut) {
            // the status says enough
        }
        return body.toByteArray();
    }

    private static Optional<Duration> seconds(String retryAfter) {
        boolean number = !retryAfter.isEmpty()
                && retryAfter.length() < 10
                && retryAfter.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? Optional.of(Duration.ofSeconds(Long.parseLong(retryAfter))) : Optional.empty();
    }

    private RemoteFailure unreachable(@Nullable Throwable cause) {
        return switch (cause) {
            case HttpConnectTimeoutException _ ->
                RemoteFailure.ofEndpoint("cannot be reached: no connection in time", cause);
            case ConnectException _ ->
                RemoteFailure.ofEndpoint("cannot be reached: connection refused, or no such host", cause);
            case SSLException tls ->
                RemoteFailure.ofEndpoint("cannot be reached safely", tls)
                        .saying(RemoteError.clean(String.valueOf(tls.getMessage()), key));
            case null, default -> RemoteFailure.ofEndpoint("broke the connection off before it answered", cause);
        };
    }

    @Override
    public void close() {
        @Nullable Future<?> open;
        synchronized (this) {
            closed = true;
            open = exchange;
        }
        bytes.close();
        if (open != null) {
            open.cancel(true);
        }
    }
}
