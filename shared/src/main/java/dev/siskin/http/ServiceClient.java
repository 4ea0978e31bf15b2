package dev.siskin.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import dev.siskin.api.Json;
import dev.siskin.http.ServiceUnreachableException.Reason;
import dev.siskin.settings.Setting;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Speaks the HTTP contract to a service: JSON out, records back, problems as exceptions. Connections are
 * kept alive. Fields of an answer that are not known here are passed over: services of two versions may meet while one
 * is renewed. Thread-safe.
 *
 * <p>Every call throws {@link ServiceException} where the service answers with an error and
 * {@link ServiceUnreachableException} where it does not answer, or not within its time: but for the calls that hand
 * over an answer as it comes, the time counts until the last byte is there.
 */
public final class ServiceClient implements AutoCloseable {
    /** The key that commands and the indexer send. */
    public static final Setting<String> KEY =
            Setting.secret("key", "API key that the commands and the indexer send; empty = none.");

    private static final int DOWNLOAD_BUFFER_BYTES = 64 * 1024;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);

    private final HttpClient http;
    private final URI base;
    private final Optional<String> key;
    private final Optional<String> tenant;
    private final long maxAnswerBytes;

    private ServiceClient(
            HttpClient http, URI base, Optional<String> key, Optional<String> tenant, long maxAnswerBytes) {
        this.http = http;
        this.base = base;
        this.key = key;
        this.tenant = tenant;
        this.maxAnswerBytes = maxAnswerBytes;
    }

    /** A client of the service at this address. */
    public static ServiceClient to(URI base) {
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .build();
        return new ServiceClient(http, base, Optional.empty(), Optional.empty(), Long.MAX_VALUE);
    }

    /** The same client sending a key; empty = none. Shares its connections. */
    public ServiceClient withKey(Optional<String> newKey) {
        return new ServiceClient(http, base, newKey.filter(value -> !value.isBlank()), tenant, maxAnswerBytes);
    }

    /** The same client acting for a tenant, which needs a key of scope {@code service}. Shares its connections. */
    public ServiceClient forTenant(String newTenant) {
        return new ServiceClient(http, base, key, Optional.of(newTenant), maxAnswerBytes);
    }

    /** The same client reading no more of an answer than this, but for those handed over as they come. */
    public ServiceClient withMaxAnswer(long bytes) {
        return new ServiceClient(http, base, key, tenant, bytes);
    }

    /** The address of the service. */
    public URI base() {
        return base;
    }

    /** One path segment, encoded: a document id with slashes becomes one segment. */
    public static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    public <T> T get(String path, Class<T> type, Duration timeout) {
        return read(exchange(request(path, timeout).GET().build()), type);
    }

    public <T> T post(String path, Object body, Class<T> type, Duration timeout) {
        return read(
                exchange(json(path, timeout, ContentKind.JSON)
                        .POST(publish(body))
                        .build()),
                type);
    }

    /**
     * Begins a POST. The future fails with what the other calls throw; cancelling it closes the connection. Its time
     * counts until the answer begins: who waits for the future cancels it in the end.
     *
     * @param room that the answer's body waits for before it is read
     */
    public <T> CompletableFuture<T> begin(String path, Object body, Class<T> type, Duration timeout, BodyRoom room) {
        HttpRequest request =
                json(path, timeout, ContentKind.JSON).POST(publish(body)).build();
        BodyHandler<AdmittedBody> admitted = response -> new AdmittedBody(
                room, response.headers().firstValueAsLong("Content-Length").orElse(-1), maxAnswerBytes);
        return send(request, admitted, AdmittedBody::take).thenApply(answer -> read(answer.take(), type));
    }

    public <T> T put(String path, Object body, Class<T> type, Duration timeout) {
        return read(
                exchange(
                        json(path, timeout, ContentKind.JSON).PUT(publish(body)).build()),
                type);
    }

    public <T> T delete(String path, Class<T> type, Duration timeout) {
        return read(exchange(request(path, timeout).DELETE().build()), type);
    }

    /** A POST without a body. */
    public <T> T post(String path, Class<T> type, Duration timeout) {
        return read(
                exchange(request(path, timeout).POST(BodyPublishers.noBody()).build()), type);
    }

    /** A DELETE that is answered with nothing. */
    public void delete(String path, Duration timeout) {
        exchange(request(path, timeout).DELETE().build());
    }

    /**
     * Writes the answer as it comes; the number of its bytes.
     *
     * @throws ServiceUnreachableException also where it ends early
     * @throws java.io.UncheckedIOException where it cannot be written
     */
    public long download(String path, OutputStream out, Duration timeout) {
        try {
            HttpResponse<InputStream> response =
                    http.send(request(path, timeout).GET().build(), BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                if (response.statusCode() >= 400) {
                    throw failure(response.statusCode(), in.readAllBytes(), response);
                }
                var buffer = new byte[DOWNLOAD_BUFFER_BYTES];
                long bytes = 0;
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    write(out, buffer, read);
                    bytes += read;
                }
                return bytes;
            }
        } catch (IOException broken) {
            throw unreachable(broken);
        } catch (InterruptedException interrupted) {
            throw stopped(interrupted);
        }
    }

    private static void write(OutputStream out, byte[] buffer, int length) {
        try {
            out.write(buffer, 0, length);
        } catch (IOException unwritable) {
            throw new UncheckedIOException("the download cannot be written", unwritable);
        }
    }

    /** Sends a body of this kind. */
    public <T> T upload(String path, ContentKind content, BodyPublisher body, Class<T> type, Duration timeout) {
        return read(exchange(json(path, timeout, content).POST(body).build()), type);
    }

    /** The answer as text, for {@code /metrics} and {@code /readyz}. */
    public String getText(String path, Duration timeout) {
        byte[] body = exchange(request(path, timeout).GET().build());
        return new String(body, StandardCharsets.UTF_8);
    }

    /** Sends NDJSON and hands over the lines of the answer as they come. */
    public void postLines(String path, BodyPublisher body, Consumer<String> line, Duration timeout) {
        lines(json(path, timeout, ContentKind.NDJSON).POST(body).build(), line);
    }

    /** Hands over the server-sent events of the answer as they come, each with its name and its data of one line. */
    public void postForEvents(String path, Object body, BiConsumer<String, String> event, Duration timeout) {
        var name = new AtomicReference<>("");
        lines(json(path, timeout, ContentKind.JSON).POST(publish(body)).build(), line -> {
            if (line.startsWith("event:")) {
                name.set(line.substring("event:".length()).strip());
            } else if (line.startsWith("data:")) {
                event.accept(name.get(), line.substring("data:".length()).strip());
            }
        });
    }

    /** What such an event's data says. */
    public <T> T readEvent(String data, Class<T> type) {
        return read(data.getBytes(StandardCharsets.UTF_8), type);
    }

    private void lines(HttpRequest request, Consumer<String> line) {
        try {
            HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                if (response.statusCode() >= 400) {
                    throw failure(response.statusCode(), in.readAllBytes(), response);
                }
                var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
                for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                    if (!text.isBlank()) {
                        line.accept(text);
                    }
                }
            }
        } catch (IOException broken) {
            throw unreachable(broken);
        } catch (InterruptedException interrupted) {
            throw stopped(interrupted);
        }
    }

    /** Closes idle connections; clients made from this one share them. */
    @Override
    public void close() {
        http.shutdownNow();
    }

    private HttpRequest.Builder json(String path, Duration timeout, ContentKind content) {
        return request(path, timeout).header("Content-Type", content.mediaType());
    }

    private HttpRequest.Builder request(String path, Duration timeout) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path)).timeout(timeout);
        key.ifPresent(value -> request.header("Authorization", "Bearer " + value));
        tenant.ifPresent(value -> request.header("X-Siskin-Tenant", value));
        return request;
    }

    private static BodyPublisher publish(Object body) {
        try {
            return BodyPublishers.ofByteArray(Json.MAPPER.writeValueAsBytes(body));
        } catch (JsonProcessingException unwritable) {
            throw new IllegalArgumentException("not writable as JSON: " + unwritable.getOriginalMessage(), unwritable);
        }
    }

    private byte[] exchange(HttpRequest request) {
        BodyHandler<byte[]> whole = BodyHandlers.limiting(BodyHandlers.ofByteArray(), maxAnswerBytes);
        CompletableFuture<byte[]> answer = send(request, whole, bytes -> bytes);
        try {
            return answer.get(request.timeout().orElseThrow().toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof RuntimeException known
                    ? known
                    : new IllegalStateException("a call failed without saying so", failed);
        } catch (TimeoutException late) {
            answer.cancel(true);
            throw unreachable(Reason.TIMED_OUT, late);
        } catch (InterruptedException interrupted) {
            answer.cancel(true);
            throw stopped(interrupted);
        }
    }

    /** The request's own timeout ends where an answer begins, whose bytes may then come one by one. */
    private <B> CompletableFuture<B> send(HttpRequest request, BodyHandler<B> body, Function<B, byte[]> bytes) {
        return http.sendAsync(request, body).handle((response, failed) -> {
            if (failed != null) {
                Throwable cause = failed instanceof CompletionException wrapped
                        ? Objects.requireNonNullElse(wrapped.getCause(), failed)
                        : failed;
                if (cause instanceof ServiceUnreachableException known) {
                    throw known;
                }
                throw unreachable(reason(cause, request.timeout().orElseThrow()), cause);
            }
            if (response.statusCode() >= 400) {
                throw failure(response.statusCode(), bytes.apply(response.body()), response);
            }
            return response.body();
        });
    }

    private <T> T read(byte[] body, Class<T> type) {
        try {
            @Nullable
            T value = Json.MAPPER
                    .readerFor(type)
                    .without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .readValue(body);
            if (value == null) {
                throw new IOException("null");
            }
            return value;
        } catch (IOException malformed) {
            String message = malformed instanceof JsonProcessingException json
                    ? json.getOriginalMessage()
                    : String.valueOf(malformed.getMessage());
            throw notTheContract(message, malformed);
        }
    }

    /** What came can be read, and is still not what the contract promises. */
    public ServiceUnreachableException notTheContract(String what, @Nullable Throwable cause) {
        return new ServiceUnreachableException(
                base + " answered with something that is not the contract: " + what, Reason.NOT_THE_CONTRACT, cause);
    }

    private static ServiceException failure(int status, byte[] body, HttpResponse<?> response) {
        @Nullable String detail = null;
        try {
            @Nullable Problem problem = Json.MAPPER.readValue(body, Problem.class);
            detail = problem == null ? null : problem.detail();
        } catch (IOException notAProblem) {
            detail = "HTTP " + status;
        }
        OptionalLong retryAfter = response.headers()
                .firstValue("Retry-After")
                .filter(value -> value.chars().allMatch(Character::isDigit) && !value.isEmpty() && value.length() < 10)
                .map(value -> OptionalLong.of(Long.parseLong(value)))
                .orElse(OptionalLong.empty());
        return new ServiceException(status, detail == null ? "HTTP " + status : detail, retryAfter);
    }

    private ServiceUnreachableException unreachable(IOException broken) {
        return unreachable(reason(broken, CONNECT_TIMEOUT), broken);
    }

    private ServiceUnreachableException unreachable(Reason reason, Throwable broken) {
        String what = switch (reason) {
            case TIMED_OUT -> " did not answer in time; is it up? ./siskin status tells";
            case TOO_LARGE -> " answers with more than " + maxAnswerBytes + " bytes: ask for fewer hits";
            default -> " cannot be reached; is it up? ./siskin status tells";
        };
        return new ServiceUnreachableException(base + what, reason, broken);
    }

    /** A connection that there was less time for than one may take says nothing of who is at the other end. */
    private static Reason reason(Throwable broken, Duration timeout) {
        return switch (broken) {
            case HttpConnectTimeoutException _ when timeout.compareTo(CONNECT_TIMEOUT) >= 0 -> Reason.NO_CONNECTION;
            case HttpTimeoutException _ -> Reason.TIMED_OUT;
            case ConnectException _ -> Reason.NO_CONNECTION;
            case CancellationException _ -> Reason.INTERRUPTED;
            default -> isTooLarge(broken) ? Reason.TOO_LARGE : Reason.BROKEN_OFF;
        };
    }

    /** {@link BodyHandlers#limiting} has no exception of its own. */
    private static boolean isTooLarge(Throwable broken) {
        for (@Nullable Throwable cause = broken; cause != null; cause = cause.getCause()) {
            if (String.valueOf(cause.getMessage()).contains("exceeds capacity")) {
                return true;
            }
        }
        return false;
    }

    private ServiceUnreachableException stopped(InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return new ServiceUnreachableException(
                "interrupted while waiting for " + base, Reason.INTERRUPTED, interrupted);
    }
}
