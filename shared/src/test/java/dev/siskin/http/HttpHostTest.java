package dev.siskin.http;

import static dev.siskin.http.TestHosts.CAP;
import static dev.siskin.http.TestHosts.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.Json;
import dev.siskin.auth.Scope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Routes, start, readiness and stop of a host; {@link ServiceClient} against it. */
final class HttpHostTest {
    @TempDir
    Path folder;

    @RegisterExtension
    private final TestHosts hosts = new TestHosts();

    @Test
    void route_unknownOrWrongMethod_isAProblem() throws Exception {
        TestHosts.Running host = hosts.start(Map.of());
        problem(host.get("/nowhere"), 404);
        problem(host.get("/greet"), 405);
    }

    @Test
    void handler_failure_is500WithoutTheCause() throws Exception {
        TestHosts.Running host = hosts.start(Map.of());
        assertThat(problem(host.get("/fail"), 500).toString()).doesNotContain("secret");
    }

    @Test
    void pathParameter_slashesAndEncoding_reachTheHandlerDecoded() throws Exception {
        TestHosts.Running host = hosts.start(Map.of());
        assertThat(host.get("/things/a/b.md").body()).isEqualTo("a/b.md");
        assertThat(host.get("/things/a%2Fb%20c%25.md").body()).isEqualTo("a/b c%.md");
        assertThat(host.get("/things/%E2%82%AC").body()).isEqualTo("€");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8_000, 32_700, 32_735, 32_736, 32_737, 32_768, 40_000, 500_000})
    void answer_ofAnyLength_announcesIt(int characters) throws Exception {
        var greeting = new TestHosts.Greeting("é".repeat(characters / 2) + "e".repeat(characters % 2), 1);
        TestHosts.Running host = hosts.start(TestHosts.named(Map.of())
                .get("/greeting", Scope.QUERY, (context, caller) -> JsonBody.send(context, greeting)));

        for (int again = 0; again < 2; again++) {
            HttpResponse<String> response = host.get("/greeting");
            assertThat(Json.MAPPER.readValue(response.body(), TestHosts.Greeting.class))
                    .isEqualTo(greeting);
            assertThat(response.headers().firstValueAsLong("Content-Length"))
                    .hasValue(response.body().getBytes(StandardCharsets.UTF_8).length);
            assertThat(response.headers().firstValue("Transfer-Encoding")).isEmpty();
        }
    }

    @Test
    void bind_publicWithoutKeys_isRefused() {
        assertThatThrownBy(() -> hosts.start(Map.of("test.http.bind", "0.0.0.0")))
                .isInstanceOf(HostStartException.class)
                .hasMessageContaining("without keys")
                .hasMessageContaining("siskin keys create");
    }

    @Test
    void start_keyFileNotThere_isRefusedOnLoopbackToo() {
        Path missing = folder.resolve("keys.json");

        assertThatThrownBy(() -> hosts.start(Map.of("test.keys.file", missing.toString())))
                .isInstanceOf(HostStartException.class)
                .hasMessageContaining("SISKIN_TEST_KEYS_FILE=" + missing)
                .hasMessageContaining("siskin keys create");
    }

    @Test
    void start_portTaken_namesTheSettingToChange() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> hosts.start(Map.of("test.http.port", Integer.toString(taken.getLocalPort()))))
                    .isInstanceOf(HostStartException.class)
                    .hasMessageContaining("SISKIN_TEST_HTTP_PORT");
        }
    }

    @Test
    void readyz_notReady_is503WithTheReason() throws Exception {
        var reason = new AtomicReference<>(Optional.of("opening collections"));
        TestHosts.Running host = hosts.start(TestHosts.named(Map.of()).readiness(reason::get));
        assertThat(problem(host.get("/readyz"), 503).get("detail").asText()).contains("opening collections");
        reason.set(Optional.empty());
        assertThat(host.get("/readyz").statusCode()).isEqualTo(200);
    }

    @Test
    void mostAtOnce_reached_is503ExceptForHealth() throws Exception {
        var entered = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        TestHosts.Running host = hosts.start(TestHosts.named(Map.of())
                .mostAtOnce(1)
                .get("/slow", Scope.QUERY, (context, caller) -> {
                    entered.countDown();
                    release.await();
                    context.result("done");
                })
                .post("/read", Scope.WRITE, CAP, ContentKind.JSON, (context, caller) -> context.result("read")));
        CompletableFuture<HttpResponse<String>> slow = host.getAsync("/slow");
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

        HttpResponse<String> refused = host.post("/read", "{}");
        assertThat(problem(refused, 503).get("detail").asText()).contains("1 requests are under way");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(host.get("/livez").statusCode()).isEqualTo(200);
        assertThat(host.get("/readyz").statusCode()).isEqualTo(200);

        release.countDown();
        assertThat(slow.get(10, TimeUnit.SECONDS).body()).isEqualTo("done");
    }

    @Test
    void close_acceptedRequest_isFinished() throws Exception {
        var entered = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        TestHosts.Running host = hosts.start(TestHosts.named(Map.of()).get("/slow", Scope.QUERY, (context, caller) -> {
            entered.countDown();
            release.await();
            context.result("done");
        }));
        CompletableFuture<HttpResponse<String>> slow = host.getAsync("/slow");
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        Thread stop = Thread.ofPlatform().start(host.host()::close);
        awaitRefusal(host);
        release.countDown();
        assertThat(slow.get(10, TimeUnit.SECONDS).body()).isEqualTo("done");
        stop.join();
    }

    @Test
    void client_problemAndSilence_areTold() throws Exception {
        TestHosts.Running host = hosts.start(Map.of());
        try (ServiceClient client = ServiceClient.to(URI.create(host.host().address()))) {
            assertThatThrownBy(() -> client.post(
                            "/greet", Map.of("name", "a", "times", 1, "nam", 1), String.class, Duration.ofSeconds(5)))
                    .isInstanceOf(ServiceException.class)
                    .hasMessageContaining("'nam'");
            String address = host.host().address();
            host.host().close();
            assertThatThrownBy(() -> client.get("/whoami", String.class, Duration.ofSeconds(5)))
                    .isInstanceOf(ServiceUnreachableException.class)
                    .hasMessageContaining(address);
        }
    }

    @Test
    void client_answerWithAFieldOfALaterVersion_isRead() {
        record Name(String name) {}
        TestHosts.Running host = hosts.start(Map.of());
        try (ServiceClient client = ServiceClient.to(URI.create(host.host().address()))) {
            Name answer = client.post("/greet", Map.of("name", "a", "times", 1), Name.class, Duration.ofSeconds(5));
            assertThat(answer.name()).isEqualTo("a");
        }
    }

    /** Returns when the host answers 503, or does not answer new connections any more. */
    private void awaitRefusal(TestHosts.Running host) throws InterruptedException {
        HttpRequest ready =
                host.request("/readyz").timeout(Duration.ofSeconds(2)).build();
        try {
            while (host.send(ready).statusCode() != 503) {
                Thread.onSpinWait();
            }
        } catch (IOException notListening) {
            // as good an answer as 503: nobody new is let in
        }
    }
}
