package dev.siskin.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import dev.siskin.auth.ServiceTier;
import dev.siskin.settings.Settings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpHostTest {
    private static final HttpSettings.Declared DECLARED = HttpSettings.declare("test", 0);
    private static final long CAP = 1000;
    private static final long LARGE_CAP = 32 << 20;

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<AutoCloseable> opened = new ArrayList<>();

    record Greeting(String name, int times) {}

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : opened) {
            resource.close();
        }
        http.close();
    }

    @Test
    void body_unknownField_isNamedInTheProblem() throws Exception {
        HttpHost host = start(Map.of());
        HttpResponse<String> response = post(host, "/greet", "{\"name\":\"a\",\"times\":1,\"tims\":2}");
        JsonNode problem = problem(response, 400);
        assertThat(problem.get("detail").asText()).contains("'tims'").contains("name, times");
        assertThat(problem.get("request_id").asText())
                .isEqualTo(response.headers().firstValue("X-Request-Id").orElseThrow());
    }

    @Test
    void body_wrongType_isNamedInTheProblem() throws Exception {
        HttpHost host = start(Map.of());
        assertThat(problem(post(host, "/greet", "{\"name\":\"a\",\"times\":\"many\"}"), 400)
                        .get("detail")
                        .asText())
                .contains("times");
        assertThat(problem(post(host, "/greet", "{\"name\":"), 400)
                        .get("detail")
                        .asText())
                .startsWith("malformed JSON");
    }

    @Test
    void body_overTheCap_is413WithAndWithoutLength() throws Exception {
        HttpHost host = start(Map.of());
        String body = "{\"name\":\"" + "x".repeat(2000) + "\",\"times\":1}";
        problem(post(host, "/greet", body), 413);
        HttpRequest chunked = HttpRequest.newBuilder(URI.create(host.address() + "/greet"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofInputStream(
                        () -> new java.io.ByteArrayInputStream(body.getBytes(UTF_8))))
                .build();
        problem(http.send(chunked, HttpResponse.BodyHandlers.ofString()), 413);
    }

    @Test
    void contentType_otherThanTheRoutes_is415() throws Exception {
        HttpHost host = start(Map.of());
        HttpRequest request = HttpRequest.newBuilder(URI.create(host.address() + "/greet"))
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("hello"))
                .build();
        problem(http.send(request, HttpResponse.BodyHandlers.ofString()), 415);
    }

    @Test
    void body_unknownField_isToldInOneLineOfBoundedLength() throws Exception {
        HttpHost host = start(Map.of());
        assertThat(problem(post(host, "/greet", "{\"name\":\"a\",\"times\":1,\"a\\nb\\u001b[2J\\u202e\":1}"), 400)
                        .get("detail")
                        .asText())
                .contains("'a?b?[2J?'");
        assertThat(Problem.badRequest("x".repeat(100_000)).detail()).hasSize(ProblemException.MAX_DETAIL_CHARS + 1);
    }

    @Test
    void body_thatStops_is400() throws Exception {
        HttpHost host = start(Map.of("test.http.idle.timeout", "500ms"));
        assertThat(whole(
                        host,
                        "POST /greet HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"))
                .startsWith("HTTP/1.1 400")
                .contains("ended early");
    }

    @Test
    void contentType_ofACharsetThatJavaDoesNotHave_isReadAsWhatItIs() throws Exception {
        HttpHost host = start(Map.of());
        String body = "{\"name\":\"a\",\"times\":1}";
        for (String charset : List.of("utf-7", "\"")) {
            assertThat(raw(
                            host,
                            "POST /greet HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type:"
                                    + " application/json; charset=" + charset + "\r\nContent-Length: "
                                    + body.length() + "\r\n\r\n" + body))
                    .startsWith("HTTP/1.1 200");
        }
    }

    /** What a proxy lets through as GET must not arrive as another method. */
    @Test
    void method_override_isRefused() throws Exception {
        HttpHost host = start(Map.of());
        assertThat(problem(get(host, "/whoami", "X-HTTP-Method-Override", "DELETE"), 400)
                        .path("detail")
                        .asText())
                .contains("X-HTTP-Method-Override");
    }

    @Test
    void route_unknownOrWrongMethod_isAProblem() throws Exception {
        HttpHost host = start(Map.of());
        problem(get(host, "/nowhere"), 404);
        problem(get(host, "/greet"), 405);
    }

    @Test
    void handler_failure_is500WithoutTheCause() throws Exception {
        HttpHost host = start(Map.of());
        assertThat(problem(get(host, "/fail"), 500).toString()).doesNotContain("secret");
    }

    @Test
    void pathParameter_slashesAndEncoding_reachTheHandlerDecoded() throws Exception {
        HttpHost host = start(Map.of());
        assertThat(get(host, "/things/a/b.md").body()).isEqualTo("a/b.md");
        assertThat(get(host, "/things/a%2Fb%20c%25.md").body()).isEqualTo("a/b c%.md");
        assertThat(get(host, "/things/%E2%82%AC").body()).isEqualTo("€");
    }

    @Test
    void host_foreignName_isRefused() throws Exception {
        HttpHost host = start(Map.of());
        assertThat(raw(host, "GET /livez HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(raw(host, "GET /livez HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
        assertThat(
                        raw(
                                host,
                                "GET /livez HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
    }

    @Test
    void host_configuredName_isAcceptedWhateverItsCase() throws Exception {
        HttpHost host = start(Map.of("test.http.allowed.hosts", "Docs.Example"));

        assertThat(raw(host, "GET /livez HTTP/1.1\r\nHost: docs.EXAMPLE\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
    }

    @Test
    void body_refusedUnread_clientStillReadsWhy() throws Exception {
        assertThat(sendToFull(LARGE_CAP)).startsWith("HTTP/1.1 503").contains("full for now");
    }

    @Test
    void body_wellAboveTheCap_clientStillReadsWhy() throws Exception {
        assertThat(sendToFull(LARGE_CAP / 2 * 3)).startsWith("HTTP/1.1 413").contains("at most " + LARGE_CAP);
    }

    /** The answer to a body that is sent whole before anything is read. */
    private String sendToFull(long bytes) throws IOException {
        HttpHost host = start(Map.of());
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), host.port())) {
            String head = "POST /full HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                    + bytes + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(UTF_8));
            socket.getOutputStream().write(new byte[(int) bytes]);
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    @Test
    void body_budgetTaken_is503UntilThatRequestIsAnswered() throws Exception {
        var entered = new CountDownLatch(1);
        HttpHost host = HttpHost.named("test", settings(Map.of("test.http.body.budget", "1000")))
                .post("/read", Scope.WRITE, CAP, ContentKind.JSON, (context, caller) -> {
                    entered.countDown();
                    context.json(JsonBody.read(context, Greeting.class));
                })
                .get("/whoami", Scope.QUERY, (context, caller) -> context.result(caller.tenant()))
                .start();
        opened.add(host);
        String greeting = "{\"name\":\"a\",\"times\":1}";
        String head = "POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + CAP + "\r\nConnection: close\r\n\r\n";
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), host.port())) {
            socket.getOutputStream().write(head.getBytes(UTF_8));
            assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

            HttpResponse<String> refused = post(host, "/read", greeting);
            assertThat(problem(refused, 503).get("detail").asText()).contains("1000", "SISKIN_TEST_HTTP_BODY_BUDGET");
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(get(host, "/whoami").statusCode()).isEqualTo(200);

            socket.getOutputStream().write((greeting + " ".repeat((int) CAP - greeting.length())).getBytes(UTF_8));
            assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .startsWith("HTTP/1.1 200");
        }
        assertThat(post(host, "/read", greeting).statusCode()).isEqualTo(200);
    }

    @Test
    void body_withoutLength_takesWhatItHasOnceItIsRead() throws Exception {
        var read = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        HttpHost host = HttpHost.named("test", settings(Map.of("test.http.body.budget", "1000")))
                .post("/wait", Scope.WRITE, CAP, ContentKind.JSON, (context, caller) -> {
                    context.json(JsonBody.read(context, Greeting.class));
                    read.countDown();
                    goOn.await();
                })
                .post(
                        "/read",
                        Scope.WRITE,
                        CAP,
                        ContentKind.JSON,
                        (context, caller) -> context.json(JsonBody.read(context, Greeting.class)))
                .start();
        opened.add(host);
        String greeting = "{\"name\":\"a\",\"times\":1}";
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), host.port())) {
            String chunked = "POST /wait HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                    + Integer.toHexString(greeting.length()) + "\r\n" + greeting + "\r\n0\r\n\r\n";
            socket.getOutputStream().write(chunked.getBytes(UTF_8));
            assertThat(read.await(10, TimeUnit.SECONDS)).isTrue();

            assertThat(post(host, "/read", greeting).statusCode()).isEqualTo(200);
            goOn.countDown();
            assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void body_withoutLength_takesTheRoutesCapOfTheBudget() {
        var bodies = new BodyBudget(1_500, true, "SETTING");

        BodyBudget.Share chunked = bodies.take("acme", -1, CAP);
        assertThatThrownBy(() -> bodies.take("acme", 501, CAP))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("SETTING");
        bodies.take("acme", 500, CAP).giveBack();
        chunked.giveBack();
        bodies.take("acme", LARGE_CAP, LARGE_CAP).giveBack();
    }

    @Test
    void body_ofOneTenantAmongSeveral_takesHalfOfTheBudget() {
        var bodies = new BodyBudget(2_000, false, "SETTING");

        BodyBudget.Share first = bodies.take("acme", 900, CAP);
        assertThatThrownBy(() -> bodies.take("acme", 101, CAP)).hasMessageContaining("1000 bytes that one may take");
        BodyBudget.Share large = bodies.take("other", -1, LARGE_CAP);
        assertThatThrownBy(() -> bodies.take("third", 101, CAP)).hasMessageContaining("2000 bytes");
        first.giveBack();
        first.giveBack();
        bodies.take("third", 1_000, CAP).giveBack();
        large.giveBack();
        bodies.take("acme", 1_000, CAP).giveBack();
    }

    @Test
    void header_tooLarge_isRefusedAndTheHostGoesOn() throws Exception {
        HttpHost host = start(Map.of());
        String huge = "x".repeat(40_000);
        assertThat(whole(host, "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Big: " + huge + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431")
                .contains("application/problem+json", "at most 16384 bytes", "SISKIN_TEST_HTTP_MAX_HEADER_BYTES");
        assertThat(whole(host, "GET /" + huge + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 414")
                .contains("at most 16384 bytes");
        assertThat(get(host, "/livez").statusCode()).isEqualTo(200);
    }

    /** Refused as it comes: the rest of a header that never ends is not waited for. */
    @Test
    void header_withoutEnd_isRefusedOnceItIsTooLarge() throws Exception {
        HttpHost host = start(Map.of("test.http.max.header.bytes", "1024"));
        assertThat(whole(host, "GET /livez HTTP/1.1\r\nHost: localhost\r\n" + "X-More: y\r\n".repeat(200)))
                .startsWith("HTTP/1.1 431")
                .contains("at most 1024 bytes");
    }

    @Test
    void keys_scopesAndTenants_areEnforced() throws Exception {
        Path keyFile = folder.resolve("keys.json");
        var keys = new KeyFile(keyFile);
        String reader = keys.create("r", "acme", Set.of(Scope.QUERY), ServiceTier.STANDARD, null)
                .key();
        String admin = keys.create("a", "ops", Set.of(Scope.ADMIN), ServiceTier.STANDARD, null)
                .key();
        String service = keys.create("s", "ops", Set.of(Scope.SERVICE), ServiceTier.STANDARD, null)
                .key();
        HttpHost host = start(Map.of("test.keys.file", keyFile.toString()));

        problem(get(host, "/whoami"), 401);
        problem(get(host, "/whoami", "Authorization", "Bearer sk-siskin-wrong"), 401);
        assertThat(get(host, "/whoami", "Authorization", "Bearer " + reader).body())
                .isEqualTo("acme");
        problem(get(host, "/whoami", "Authorization", "Bearer " + reader, "X-Siskin-Tenant", "ops"), 403);
        assertThat(get(host, "/whoami", "Authorization", "Bearer " + service, "X-Siskin-Tenant", "acme")
                        .body())
                .isEqualTo("acme");
        problem(post(host, "/greet", "{\"name\":\"a\",\"times\":1}", "Authorization", "Bearer " + reader), 403);
        problem(get(host, "/metrics", "Authorization", "Bearer " + reader), 403);
        assertThat(get(host, "/metrics", "Authorization", "Bearer " + admin).body())
                .contains("siskin_http_requests_seconds_count")
                .doesNotContain("sk-siskin");
        assertThat(get(host, "/livez").statusCode()).isEqualTo(200);
    }

    @Test
    void keys_none_thereIsTheDefaultTenantOnly() throws Exception {
        HttpHost host = start(Map.of());

        problem(get(host, "/whoami", "X-Siskin-Tenant", "made-up"), 403);
        assertThat(get(host, "/whoami", "X-Siskin-Tenant", "default").body()).isEqualTo("default");
    }

    @Test
    void keys_rate_isLimitedPerKey() throws Exception {
        Path keyFile = folder.resolve("keys.json");
        String key = new KeyFile(keyFile)
                .create("r", "acme", Set.of(Scope.QUERY), ServiceTier.STANDARD, 2)
                .key();
        HttpHost host = start(Map.of("test.keys.file", keyFile.toString()));
        String[] authorization = {"Authorization", "Bearer " + key};
        assertThat(get(host, "/whoami", authorization).headers().firstValue("RateLimit-Remaining"))
                .contains("1");
        assertThat(get(host, "/whoami", authorization).statusCode()).isEqualTo(200);
        HttpResponse<String> third = get(host, "/whoami", authorization);
        problem(third, 429);
        assertThat(Long.parseLong(third.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1L, 60L);
    }

    @Test
    void routeLimit_ofAKeyAndOfItsTenant_areCountedOverTheLimitsRoutes() throws Exception {
        Path keyFile = folder.resolve("keys.json");
        var keys = new KeyFile(keyFile);
        String one = "Bearer " + key(keys, "one", "acme");
        String two = "Bearer " + key(keys, "two", "acme");
        String other = "Bearer " + key(keys, "three", "other");
        HttpHost host = limited(Map.of("test.keys.file", keyFile.toString()), new RouteLimit("answers", 2, 3, 0));

        assertThat(get(host, "/dear", "Authorization", one).headers().firstValue("RateLimit-Remaining"))
                .contains("1");
        assertThat(get(host, "/dearer", "Authorization", one).statusCode()).isEqualTo(200);
        HttpResponse<String> ofTheKey = get(host, "/dear", "Authorization", one);
        assertThat(problem(ofTheKey, 429).path("detail").asText()).startsWith("the key allows 2 answers a minute");
        assertThat(Long.parseLong(ofTheKey.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1L, 60L);
        assertThat(get(host, "/cheap", "Authorization", one).statusCode()).isEqualTo(200);

        assertThat(get(host, "/dear", "Authorization", two).headers().firstValue("RateLimit-Limit"))
                .contains("3");
        HttpResponse<String> ofTheTenant = get(host, "/dear", "Authorization", two);
        assertThat(problem(ofTheTenant, 429).path("detail").asText())
                .startsWith("the tenant allows 3 answers a minute");
        assertThat(get(host, "/dear", "Authorization", other).statusCode()).isEqualTo(200);
    }

    @Test
    void routeLimit_withoutKeys_isOfTheAddressThatATrustedProxyNames() throws Exception {
        HttpHost host =
                limited(Map.of("test.http.trusted.proxies", "127.0.0.1,::1"), new RouteLimit("answers", 1, 0, 0));
        assertThat(get(host, "/dear", "X-Forwarded-For", "192.0.2.1").statusCode())
                .isEqualTo(200);
        problem(get(host, "/dear", "X-Forwarded-For", "192.0.2.1"), 429);
        assertThat(get(host, "/dear", "X-Forwarded-For", "192.0.2.2").statusCode())
                .isEqualTo(200);

        HttpHost untrusting = limited(Map.of(), new RouteLimit("answers", 1, 0, 0));
        assertThat(get(untrusting, "/dear", "X-Forwarded-For", "192.0.2.1").statusCode())
                .isEqualTo(200);
        assertThat(problem(get(untrusting, "/dear", "X-Forwarded-For", "192.0.2.2"), 429)
                        .path("detail")
                        .asText())
                .startsWith("your address allows 1 answers");
    }

    @Test
    void routeLimit_underWay_isOfTheTenantAndEndsWithTheRequest() throws Exception {
        Path keyFile = folder.resolve("keys.json");
        var keys = new KeyFile(keyFile);
        String one = "Bearer " + key(keys, "one", "acme");
        String two = "Bearer " + key(keys, "two", "acme");
        String other = "Bearer " + key(keys, "three", "other");
        var entered = new CountDownLatch(2);
        var release = new CountDownLatch(1);
        HttpHost host = HttpHost.named("test", settings(Map.of("test.keys.file", keyFile.toString())))
                .get("/dear", Scope.QUERY, (context, caller) -> {
                    entered.countDown();
                    release.await();
                    context.result("answer");
                })
                .limit(new RouteLimit("answers", 0, 0, 1))
                .start();
        opened.add(host);
        HttpRequest dear = HttpRequest.newBuilder(URI.create(host.address() + "/dear"))
                .header("Authorization", one)
                .build();
        CompletableFuture<HttpResponse<String>> first = http.sendAsync(dear, HttpResponse.BodyHandlers.ofString());
        CompletableFuture<HttpResponse<String>> others = http.sendAsync(
                HttpRequest.newBuilder(dear, (_, _) -> true)
                        .setHeader("Authorization", other)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

        HttpResponse<String> refused = get(host, "/dear", "Authorization", two);
        assertThat(problem(refused, 429).path("detail").asText()).startsWith("the tenant has 1 answers under way");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();

        release.countDown();
        assertThat(first.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(others.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        HttpResponse<String> again = get(host, "/dear", "Authorization", two);
        while (again.statusCode() == 429) {
            again = get(host, "/dear", "Authorization", two);
        }
        assertThat(again.body()).isEqualTo("answer");
    }

    private HttpHost limited(Map<String, String> given, RouteLimit limit) {
        HttpHost host = HttpHost.named("test", settings(given))
                .get("/dear", Scope.QUERY, (context, caller) -> context.result("answer"))
                .limit(limit)
                .get("/dearer", Scope.QUERY, (context, caller) -> context.result("answer"))
                .limit(limit)
                .get("/cheap", Scope.QUERY, (context, caller) -> context.result("list"))
                .start();
        opened.add(host);
        return host;
    }

    private static String key(KeyFile keys, String id, String tenant) {
        return keys.create(id, tenant, Set.of(Scope.QUERY), ServiceTier.STANDARD, null)
                .key();
    }

    @Test
    void readyz_keyFileBroken_saysSoAndTheKeysGoOn() throws Exception {
        Path keyFile = folder.resolve("keys.json");
        String key = key(new KeyFile(keyFile), "one", "acme");
        HttpHost host = start(Map.of("test.keys.file", keyFile.toString()));
        Files.writeString(keyFile, "nonsense");
        Files.setLastModifiedTime(keyFile, FileTime.fromMillis(System.currentTimeMillis() + 5_000));

        HttpResponse<String> ready = get(host, "/readyz");
        while (!ready.body().contains("limitation")) {
            ready = get(host, "/readyz");
        }

        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(ready.body()).contains("key file").doesNotContain(folder.toString());
        assertThat(get(host, "/whoami", "Authorization", "Bearer " + key).body())
                .isEqualTo("acme");
    }

    @Test
    void bind_publicWithoutKeys_isRefused() {
        assertThatThrownBy(() -> start(Map.of("test.http.bind", "0.0.0.0")))
                .isInstanceOf(HostStartException.class)
                .hasMessageContaining("without keys")
                .hasMessageContaining("siskin keys create");
    }

    @Test
    void start_keyFileNotThere_isRefusedOnLoopbackToo() {
        Path missing = folder.resolve("keys.json");

        assertThatThrownBy(() -> start(Map.of("test.keys.file", missing.toString())))
                .isInstanceOf(HostStartException.class)
                .hasMessageContaining("SISKIN_TEST_KEYS_FILE=" + missing)
                .hasMessageContaining("siskin keys create");
    }

    @Test
    void start_portTaken_namesTheSettingToChange() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> start(Map.of("test.http.port", Integer.toString(taken.getLocalPort()))))
                    .isInstanceOf(HostStartException.class)
                    .hasMessageContaining("SISKIN_TEST_HTTP_PORT");
        }
    }

    @Test
    void readyz_notReady_is503WithTheReason() throws Exception {
        var reason = new AtomicReference<>(Optional.of("opening collections"));
        HttpHost host = HttpHost.named("test", settings(Map.of()))
                .readiness(reason::get)
                .start();
        opened.add(host);
        assertThat(problem(get(host, "/readyz"), 503).get("detail").asText()).contains("opening collections");
        reason.set(Optional.empty());
        assertThat(get(host, "/readyz").statusCode()).isEqualTo(200);
    }

    @Test
    void mostAtOnce_reached_is503ExceptForHealth() throws Exception {
        var entered = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        HttpHost host = HttpHost.named("test", settings(Map.of()))
                .mostAtOnce(1)
                .get("/slow", Scope.QUERY, (context, caller) -> {
                    entered.countDown();
                    release.await();
                    context.result("done");
                })
                .post("/read", Scope.WRITE, CAP, ContentKind.JSON, (context, caller) -> context.result("read"))
                .start();
        opened.add(host);
        CompletableFuture<HttpResponse<String>> slow = http.sendAsync(
                HttpRequest.newBuilder(URI.create(host.address() + "/slow")).build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

        HttpResponse<String> refused = post(host, "/read", "{}");
        assertThat(problem(refused, 503).get("detail").asText()).contains("1 requests are under way");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(get(host, "/livez").statusCode()).isEqualTo(200);
        assertThat(get(host, "/readyz").statusCode()).isEqualTo(200);

        release.countDown();
        assertThat(slow.get(10, TimeUnit.SECONDS).body()).isEqualTo("done");
    }

    @Test
    void close_acceptedRequest_isFinished() throws Exception {
        var entered = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        HttpHost host = HttpHost.named("test", settings(Map.of()))
                .get("/slow", Scope.QUERY, (context, caller) -> {
                    entered.countDown();
                    release.await();
                    context.result("done");
                })
                .start();
        opened.add(host);
        CompletableFuture<HttpResponse<String>> slow = http.sendAsync(
                HttpRequest.newBuilder(URI.create(host.address() + "/slow")).build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        Thread stop = Thread.ofPlatform().start(host::close);
        awaitRefusal(host);
        release.countDown();
        assertThat(slow.get(10, TimeUnit.SECONDS).body()).isEqualTo("done");
        stop.join();
    }

    @Test
    void client_problemAndSilence_areTold() throws Exception {
        HttpHost host = start(Map.of());
        try (ServiceClient client = ServiceClient.to(URI.create(host.address()))) {
            assertThatThrownBy(() -> client.post(
                            "/greet", Map.of("name", "a", "times", 1, "nam", 1), String.class, Duration.ofSeconds(5)))
                    .isInstanceOf(ServiceException.class)
                    .hasMessageContaining("'nam'");
            String address = host.address();
            host.close();
            assertThatThrownBy(() -> client.get("/whoami", String.class, Duration.ofSeconds(5)))
                    .isInstanceOf(ServiceUnreachableException.class)
                    .hasMessageContaining(address);
        }
    }

    @Test
    void client_answerWithAFieldOfALaterVersion_isRead() {
        record Name(String name) {}
        HttpHost host = start(Map.of());
        try (ServiceClient client = ServiceClient.to(URI.create(host.address()))) {
            Name answer = client.post("/greet", Map.of("name", "a", "times", 1), Name.class, Duration.ofSeconds(5));
            assertThat(answer.name()).isEqualTo("a");
        }
    }

    /** Returns when the host answers 503, or does not answer new connections any more. */
    private void awaitRefusal(HttpHost host) throws InterruptedException {
        HttpRequest ready = HttpRequest.newBuilder(URI.create(host.address() + "/readyz"))
                .timeout(Duration.ofSeconds(2))
                .build();
        try {
            while (http.send(ready, HttpResponse.BodyHandlers.ofString()).statusCode() != 503) {
                Thread.onSpinWait();
            }
        } catch (IOException notListening) {
            // as good an answer as 503: nobody new is let in
        }
    }

    private HttpHost start(Map<String, String> given) {
        HttpHost host = HttpHost.named("test", settings(given))
                .post("/greet", Scope.WRITE, CAP, ContentKind.JSON, (context, caller) -> {
                    Greeting greeting = JsonBody.read(context, Greeting.class);
                    context.json(greeting);
                })
                .post("/full", Scope.WRITE, LARGE_CAP, ContentKind.JSON, (context, caller) -> {
                    throw Problem.unavailable("full for now", 1);
                })
                .get("/whoami", Scope.QUERY, (context, caller) -> context.result(caller.tenant()))
                .get("/things/<id>", Scope.QUERY, (context, caller) -> context.result(context.pathParam("id")))
                .get("/fail", Scope.QUERY, (context, caller) -> {
                    throw new IllegalStateException("secret");
                })
                .start();
        opened.add(host);
        return host;
    }

    private static HttpSettings settings(Map<String, String> given) {
        var values = new HashMap<>(given);
        values.putIfAbsent("test.http.port", "0");
        return DECLARED.read(Settings.of(values));
    }

    private HttpResponse<String> get(HttpHost host, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(host.address() + path));
        return http.send(withHeaders(request, headers).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(HttpHost host, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(host.address() + path))
                .header("Content-Type", "application/json; charset=utf-8")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return http.send(withHeaders(request, headers).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest.Builder withHeaders(HttpRequest.Builder request, String... headers) {
        return headers.length == 0 ? request : request.headers(headers);
    }

    private static JsonNode problem(HttpResponse<String> response, int status) throws Exception {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        JsonNode problem = Json.MAPPER.readTree(response.body());
        assertThat(problem.get("status").asInt()).isEqualTo(status);
        assertThat(problem.get("type").asText()).startsWith("urn:siskin:problem:");
        return problem;
    }

    private static String whole(HttpHost host, String request) throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), host.port())) {
            socket.getOutputStream().write(request.getBytes(UTF_8));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    private static String raw(HttpHost host, String request) throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), host.port())) {
            socket.getOutputStream().write(request.getBytes(UTF_8));
            socket.getOutputStream().flush();
            var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            return String.valueOf(reader.readLine());
        }
    }
}
