package dev.siskin.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.auth.Caller;
import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import dev.siskin.auth.ServiceTier;
import dev.siskin.settings.Settings;
import io.javalin.http.Context;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Hosts on free ports, stopped after each test, and a client that asks them. */
final class TestHosts implements AfterEachCallback {
    /** Most bytes of a body that {@code /greet} reads. */
    static final long CAP = 1_000;

    /** The same of {@code /full}. */
    static final long LARGE_CAP = 32 << 20;

    /** A body that {@code /greet} takes. */
    static final String GREETING = "{\"name\":\"a\",\"times\":1}";

    private static final HttpSettings.Declared DECLARED = HttpSettings.declare("test", 0);

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<HttpHost> started = new ArrayList<>();

    record Greeting(String name, int times) {}

    /** A host to add routes to. */
    static HttpHost.Builder named(Map<String, String> settings) {
        var values = new HashMap<>(settings);
        values.putIfAbsent("test.http.port", "0");
        return HttpHost.named("test", DECLARED.read(Settings.of(values)));
    }

    /** A host with a route of each kind. */
    Running start(Map<String, String> settings) {
        return start(named(settings)
                .post("/greet", Scope.WRITE, CAP, ContentKind.JSON, TestHosts::greet)
                .post("/full", Scope.WRITE, LARGE_CAP, ContentKind.JSON, (context, caller) -> {
                    throw Problem.unavailable("full for now", 1);
                })
                .get("/whoami", Scope.QUERY, (context, caller) -> context.result(caller.tenant()))
                .get("/things/<id>", Scope.QUERY, (context, caller) -> context.result(context.pathParam("id")))
                .get("/fail", Scope.QUERY, (context, caller) -> {
                    throw new IllegalStateException("secret");
                }));
    }

    /** Reads a greeting and sends it back. */
    static void greet(Context context, Caller caller) {
        context.json(JsonBody.read(context, Greeting.class));
    }

    Running start(HttpHost.Builder host) {
        var running = new Running(host.start());
        started.add(running.host);
        return running;
    }

    @Override
    public void afterEach(ExtensionContext test) {
        // a graceful stop waits for kept-alive connections: the client goes first
        http.shutdownNow();
        started.forEach(HttpHost::close);
    }

    /** A new key of scope {@code query}. */
    static String key(KeyFile keys, String id, String tenant) {
        return keys.create(id, tenant, Set.of(Scope.QUERY), ServiceTier.STANDARD, null)
                .key();
    }

    /** What an error is, once it has the shape and the status. */
    static JsonNode problem(HttpResponse<String> response, int status) throws IOException {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        JsonNode problem = Json.MAPPER.readTree(response.body());
        assertThat(problem.get("status").asInt()).isEqualTo(status);
        assertThat(problem.get("type").asText()).startsWith("urn:siskin:problem:");
        return problem;
    }

    /** One host. */
    final class Running {
        private final HttpHost host;

        private Running(HttpHost host) {
            this.host = host;
        }

        HttpHost host() {
            return host;
        }

        HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
            return send(request(path, headers).build());
        }

        CompletableFuture<HttpResponse<String>> getAsync(String path, String... headers) {
            return http.sendAsync(request(path, headers).build(), HttpResponse.BodyHandlers.ofString());
        }

        HttpResponse<String> post(String path, String body, String... headers)
                throws IOException, InterruptedException {
            return post(path, HttpRequest.BodyPublishers.ofString(body), headers);
        }

        HttpResponse<String> post(String path, HttpRequest.BodyPublisher body, String... headers)
                throws IOException, InterruptedException {
            return send(request(path, headers)
                    .header("Content-Type", "application/json; charset=utf-8")
                    .POST(body)
                    .build());
        }

        HttpRequest.Builder request(String path, String... headers) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(host.address() + path));
            return headers.length == 0 ? request : request.headers(headers);
        }

        HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        }

        /** A connection of its own. */
        Socket connect() throws IOException {
            return new Socket(InetAddress.getLoopbackAddress(), host.port());
        }

        /** The response to these bytes, until the host closes the connection. */
        String raw(String request) throws IOException {
            try (Socket socket = connect()) {
                socket.getOutputStream().write(request.getBytes(UTF_8));
                socket.getOutputStream().flush();
                return new String(socket.getInputStream().readAllBytes(), UTF_8);
            }
        }
    }
}
