package dev.siskin.http;

import static dev.siskin.http.TestHosts.CAP;
import static dev.siskin.http.TestHosts.GREETING;
import static dev.siskin.http.TestHosts.LARGE_CAP;
import static dev.siskin.http.TestHosts.problem;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.auth.Scope;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of bodies that are malformed, too large, slow or of another kind. */
final class RequestBodiesTest {
    @RegisterExtension
    private final TestHosts hosts = new TestHosts();

    @Test
    void body_unknownField_isNamedInTheProblem() throws Exception {
        TestHosts.Running host = hosts.start(Map.of());
        HttpResponse<String> response = host.post("/greet", "{\"name\":\"a\",\"times\":1,\"tims\":2}");
        JsonNode problem = problem(response, 400);
        assertThat(problem.get("detail").asText()).contains("'tims'").contains("name, times");
        assertThat(problem.get("request_id").asText())
                .isEqualTo(response.headers().firstValue("X-Request-Id").orElseThrow());
    }

    @Test
    void body_wrongType_isNamedInTheProblem() throws Exception {
        TestHosts.Running host = hosts.start(Map.of());
        assertThat(problem(host.post("/greet", "{\"name\":\"a\",\"times\":\"many\"}"), 400)
                        .get("detail")
                        .asText())
                .contains("times");
        assertThat(problem(host.post("/greet", "{\"name\":"), 400).get("detail").asText())
                .startsWith("malformed JSON");
    }

    @Test
    void body_overTheCap_is413WithAndWithoutLength() throws Exception {
        TestHosts.Running host = hosts.start(Map.of());
        String body = "{\"name\":\"" + "x".repeat(2000) + "\",\"times\":1}";
        problem(host.post("/greet", body), 413);
        HttpRequest.BodyPublisher chunked =
                HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body.getBytes(UTF_8)));
        problem(host.post("/greet", chunked), 413);
    }

    @Test
    void contentType_otherThanTheRoutes_is415() throws Exception {
        TestHosts.Running host = hosts.start(Map.of());
        HttpRequest request = host.request("/greet", "Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("hello"))
                .build();
        problem(host.send(request), 415);
    }

    @Test
    void body_unknownField_isToldInOneLineOfBoundedLength() throws Exception {
        TestHosts.Running host = hosts.start(Map.of());
        assertThat(problem(host.post("/greet", "{\"name\":\"a\",\"times\":1,\"a\\nb\\u001b[2J\\u202e\":1}"), 400)
                        .get("detail")
                        .asText())
                .contains("'a?b?[2J?'");
        assertThat(Problem.badRequest("x".repeat(100_000)).detail()).hasSize(ProblemException.MAX_DETAIL_CHARS + 1);
    }

    @Test
    void body_thatStops_is400() throws Exception {
        TestHosts.Running host = hosts.start(Map.of("test.http.idle.timeout", "500ms"));
        assertThat(host.raw("POST /greet HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"))
                .startsWith("HTTP/1.1 400")
                .contains("ended early");
    }

    @Test
    void contentType_ofACharsetThatJavaDoesNotHave_isReadAsWhatItIs() throws Exception {
        TestHosts.Running host = hosts.start(Map.of());
        for (String charset : List.of("utf-7", "\"")) {
            assertThat(host.raw("POST /greet HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type:"
                            + " application/json; charset=" + charset + "\r\nContent-Length: "
                            + GREETING.length() + "\r\n\r\n" + GREETING))
                    .startsWith("HTTP/1.1 200");
        }
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
        TestHosts.Running host = hosts.start(Map.of());
        try (Socket socket = host.connect()) {
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
        TestHosts.Running host = hosts.start(TestHosts.named(Map.of("test.http.body.budget", "1000"))
                .post("/read", Scope.WRITE, CAP, ContentKind.JSON, (context, caller) -> {
                    entered.countDown();
                    TestHosts.greet(context, caller);
                })
                .get("/whoami", Scope.QUERY, (context, caller) -> context.result(caller.tenant())));
        String head = "POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + CAP + "\r\nConnection: close\r\n\r\n";
        try (Socket socket = host.connect()) {
            socket.getOutputStream().write(head.getBytes(UTF_8));
            assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

            HttpResponse<String> refused = host.post("/read", GREETING);
            assertThat(problem(refused, 503).get("detail").asText()).contains("1000", "SISKIN_TEST_HTTP_BODY_BUDGET");
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(host.get("/whoami").statusCode()).isEqualTo(200);

            socket.getOutputStream().write((GREETING + " ".repeat((int) CAP - GREETING.length())).getBytes(UTF_8));
            assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .startsWith("HTTP/1.1 200");
        }
        assertThat(host.post("/read", GREETING).statusCode()).isEqualTo(200);
    }

    @Test
    void body_withoutLength_takesWhatItHasOnceItIsRead() throws Exception {
        var read = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        TestHosts.Running host = hosts.start(TestHosts.named(Map.of("test.http.body.budget", "1000"))
                .post("/wait", Scope.WRITE, CAP, ContentKind.JSON, (context, caller) -> {
                    TestHosts.greet(context, caller);
                    read.countDown();
                    goOn.await();
                })
                .post("/read", Scope.WRITE, CAP, ContentKind.JSON, TestHosts::greet));
        try (Socket socket = host.connect()) {
            String chunked = "POST /wait HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                    + Integer.toHexString(GREETING.length()) + "\r\n" + GREETING + "\r\n0\r\n\r\n";
            socket.getOutputStream().write(chunked.getBytes(UTF_8));
            assertThat(read.await(10, TimeUnit.SECONDS)).isTrue();

            assertThat(host.post("/read", GREETING).statusCode()).isEqualTo(200);
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
}
