package dev.siskin.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The client against the JDK's own server, which answers a request with its body. */
class ClosedLoopTest {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private HttpServer server;
    private URI address;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        server.createContext("/whole", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.createContext("/chunked", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.createContext("/full", exchange -> {
            exchange.sendResponseHeaders(503, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.close();
    }

    @Test
    void exchange_readsWholeAndChunkedAnswersOnOneConnection() throws IOException {
        String large = "x".repeat(300_000);
        try (Connection connection = Connection.to(address)) {
            for (String path : List.of("/whole", "/chunked", "/whole")) {
                for (String text : List.of("small", large, "after")) {
                    assertThat(connection.exchange(request(path, text))).isEqualTo(200);
                    assertThat(new String(connection.body(), StandardCharsets.UTF_8))
                            .isEqualTo(text);
                }
            }
        }
    }

    @Test
    void run_once_sendsEveryRequestOnceAndKeepsItsAnswer() throws IOException {
        List<byte[]> requests = IntStream.range(0, 101)
                .mapToObj(number -> request("/whole", "" + number))
                .toList();
        ClosedLoop.Run run = new ClosedLoop(address, requests).run(3, Duration.ofMinutes(1), true);
        assertThat(run.errors()).isZero();
        assertThat(run.millis().count()).isEqualTo(101);
        assertThat(run.kept())
                .hasSize(101)
                .allSatisfy(kept -> assertThat(new String(kept.body(), StandardCharsets.UTF_8))
                        .isEqualTo("" + kept.request()));
    }

    @Test
    void run_refusedRequests_areErrorsAndNoLatencies() throws IOException {
        ClosedLoop.Run run = new ClosedLoop(address, List.of(request("/full", ""))).run(1, Duration.ofMinutes(1), true);
        assertThat(run.errors()).isEqualTo(1);
        assertThat(run.millis().count()).isZero();
    }

    @Test
    void targets_readTheNumbersOfTheirAnswers() throws IOException {
        assertThat(found("siskin", "{\"hits\":[{\"document_id\":\"p7\"},{\"document_id\":\"p12\"}]}"))
                .containsExactly(7, 12);
        assertThat(found("chroma", "{\"ids\":[[\"p7\",\"p12\"]]}")).containsExactly(7, 12);
        assertThat(found("opensearch", "{\"hits\":{\"hits\":[{\"_id\":\"p7\"},{\"_id\":\"p12\"}]}}"))
                .containsExactly(7, 12);
    }

    private int[] found(String target, String answer) throws IOException {
        return Target.named(target, address, "bench").found(answer.getBytes(StandardCharsets.UTF_8));
    }

    private byte[] request(String path, String text) {
        return Connection.request(address, "POST", path, "text/plain", text.getBytes(StandardCharsets.UTF_8));
    }
}
