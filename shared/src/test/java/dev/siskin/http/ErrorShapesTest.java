package dev.siskin.http;

import static dev.siskin.http.TestHosts.CAP;
import static dev.siskin.http.TestHosts.GREETING;
import static dev.siskin.http.TestHosts.key;
import static dev.siskin.http.TestHosts.problem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What is refused before its route is known has the shape of its path's errors. */
final class ErrorShapesTest {
    @TempDir
    Path folder;

    @RegisterExtension
    private final TestHosts hosts = new TestHosts();

    private TestHosts.Running start(Map<String, String> settings) {
        return hosts.start(TestHosts.named(settings)
                .mostAtOnce(1)
                .post("/chat", Scope.QUERY, CAP, ContentKind.JSON, TestHosts::greet)
                .errors(ErrorShape.OPENAI)
                .get("/models", Scope.QUERY, (context, caller) -> context.result("list"))
                .errors(ErrorShape.OPENAI)
                .get("/models/<id>", Scope.QUERY, (context, caller) -> context.result(context.pathParam("id")))
                .errors(ErrorShape.OPENAI)
                .get("/other", Scope.QUERY, (context, caller) -> context.result("other")));
    }

    private static JsonNode error(HttpResponse<String> response, int status) throws Exception {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
        return Json.MAPPER.readTree(response.body()).path("error");
    }

    @Test
    void methodAndHeaders_onAnOpenAiPath_areRefusedInItsShape() throws Exception {
        TestHosts.Running host = start(Map.of());

        assertThat(error(host.get("/chat"), 405).path("code").asText()).isEqualTo("method-not-allowed");
        for (String path : List.of("/models", "/models/siskin/docs", "/models/")) {
            JsonNode foreign = error(host.get(path, "Origin", "http://evil.example"), 403);
            assertThat(foreign.path("type").asText()).isEqualTo("permission_error");
            error(host.get(path, "X-HTTP-Method-Override", "DELETE"), 400);
        }
        problem(host.get("/other", "Origin", "http://evil.example"), 403);
        problem(host.get("/modelsofothers"), 404);
    }

    @Test
    void whatTheServerRefuses_onAnOpenAiPath_hasItsShape() throws Exception {
        TestHosts.Running host = start(Map.of());
        String rest = " HTTP/1.1\r\nHost: localhost\r\nX-Big: " + "x".repeat(40_000) + "\r\n\r\n";

        assertThat(host.raw("POST /chat" + rest))
                .startsWith("HTTP/1.1 431")
                .contains("{\"error\":{\"message\":", "\"code\":\"too-large\"", "at most 16384 bytes");
        assertThat(host.raw("GET /models HTTP/1.1\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("\"type\":\"invalid_request_error\"");
        assertThat(host.raw("GET /other" + rest)).contains("application/problem+json");
    }

    @Test
    void keysAndBodies_onAnOpenAiPath_areRefusedInItsShape() throws Exception {
        Path keyFile = folder.resolve("keys.json");
        String key = "Bearer " + key(new KeyFile(keyFile), "one", "acme");
        TestHosts.Running host = start(Map.of("test.keys.file", keyFile.toString()));

        assertThat(error(host.post("/chat", GREETING), 401).path("type").asText())
                .isEqualTo("authentication_error");
        error(host.post("/chat", "x".repeat((int) CAP + 1), "Authorization", key), 413);
        problem(host.get("/other"), 401);
    }
}
