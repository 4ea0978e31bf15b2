package dev.siskin.inference.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.SearchResponse;
import dev.siskin.api.Tier;
import dev.siskin.auth.Caller;
import dev.siskin.auth.Scope;
import dev.siskin.http.ContentKind;
import dev.siskin.http.HttpHost;
import dev.siskin.http.HttpSettings;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.inference.accounting.CostModel;
import dev.siskin.inference.accounting.StageClock;
import dev.siskin.inference.answering.AnswerListener;
import dev.siskin.inference.answering.Answered;
import dev.siskin.inference.citing.CitedSentence;
import dev.siskin.settings.Settings;
import io.javalin.http.Context;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of an answer whose client goes away, reads slowly, or whose making fails half-way. */
@Timeout(60)
final class StreamingTest {
    private static final int BODY_BYTES = 900;

    private final HttpHost host = HttpHost.named(
                    "inference-service",
                    HttpSettings.declare("inference", 0)
                            .read(Settings.of(Map.of("inference.http.body.budget", "1000"))))
            .post("/stream", Scope.QUERY, BODY_BYTES, ContentKind.JSON, this::stream)
            .start();

    private volatile Function<AnswerListener, Answered> making = _ -> {
        throw Problem.internal();
    };

    @AfterEach
    void close() {
        host.close();
    }

    private void stream(Context context, Caller caller) throws IOException, InterruptedException {
        JsonBody.read(context, JsonNode.class);
        Streaming.send(new EventStream(context), making, new AnswerEventWriter("id"));
    }

    private Socket connect() throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), host.port());
        socket.getOutputStream()
                .write(("POST /stream HTTP/1.1\r\nHost: localhost:" + host.port() + "\r\nConnection: close\r\n"
                                + "Content-Type: application/json\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n{}"
                                + " ".repeat(BODY_BYTES - 2))
                        .getBytes(StandardCharsets.US_ASCII));
        socket.setSoTimeout(30_000);
        return socket;
    }

    private static void readUntil(Socket socket, String part) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.contains(part)) {
                return;
            }
        }
        throw new AssertionError("the stream ended without " + part);
    }

    @Test
    void clientGoesAway_making_isInterrupted() throws Exception {
        var interrupted = new CountDownLatch(1);
        making = listener -> {
            listener.found(new SearchResponse(List.of(), 1, null, null, new SearchResponse.Timings(0, 0, 0)));
            return hang(interrupted);
        };

        try (Socket client = connect()) {
            readUntil(client, "event: passages");
        }

        assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
    }

    private static Answered hang(CountDownLatch interrupted) {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException stopped) {
            interrupted.countDown();
        }
        throw Problem.internal();
    }

    @Test
    void begunStream_holdsNothingOfTheBodyBudget() throws Exception {
        making = listener -> {
            listener.found(new SearchResponse(List.of(), 1, null, null, new SearchResponse.Timings(0, 0, 0)));
            return hang(new CountDownLatch(1));
        };

        try (Socket first = connect()) {
            readUntil(first, "event: passages");
            try (Socket second = connect()) {
                readUntil(second, "event: passages");
            }
        }
    }

    @Test
    void failureAfterASentence_isAnEventWithWhatWasSent() throws Exception {
        making = listener -> {
            listener.sentence(new CitedSentence("One. [1]", List.of()));
            throw Problem.unavailable("the model is gone", 2);
        };

        try (Socket client = connect()) {
            readUntil(client, "\"detail\":\"the model is gone\"");
        }
    }

    @Test
    void clientGoesAwayBeforeTheFirstEvent_making_isInterrupted() throws Exception {
        var interrupted = new CountDownLatch(1);
        making = _ -> hang(interrupted);

        try (Socket client = connect()) {
            readUntil(client, ": waiting");
        }

        assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void slowClient_whatTheAnswerHolds_isHeldUntilItIsSent() throws Exception {
        var released = new CountDownLatch(1);
        making = _ -> new Answered(large(), false, released::countDown);

        try (Socket client = connect()) {
            var lines = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8), 1);
            while (!lines.readLine().startsWith("event: done")) {
                assertThat(released.getCount()).isOne();
            }
            assertThat(released.getCount()).isOne();
            client.getInputStream().transferTo(OutputStream.nullOutputStream());
        }

        assertThat(released.await(30, TimeUnit.SECONDS)).isTrue();
    }

    /** More than the buffers between both ends hold. */
    private static AnswerResponse large() {
        return new AnswerResponse(
                "x".repeat(32 << 20),
                false,
                List.of(),
                new AnswerResponse.Route(Tier.EXTRACTIVE, "m", "r", null),
                new AnswerResponse.Shaping(0, 0, 0, 0, 0, 0, false),
                new AnswerResponse.Usage(0, 0, 0),
                new CostModel(0, Map.of()).of(0),
                AnswerResponse.CacheUse.NONE,
                1,
                new StageClock(System::nanoTime).timings(),
                "id");
    }
}
