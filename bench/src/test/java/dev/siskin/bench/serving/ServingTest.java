package dev.siskin.bench.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Json;
import dev.siskin.api.SearchResponse;
import dev.siskin.bench.load.Connection;
import dev.siskin.bench.load.OpenLoop;
import dev.siskin.bench.load.OpenLoop.Answered;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The open loop and the stand-ins, one before the other. */
@Timeout(60)
class ServingTest {
    private static final long SEED = 1;

    private static Answered answered(int status, String body) {
        return new Answered(0, 1.5, 20, status, body.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void retrieval_search_findsTheNotesAsTheContractHasThem() throws IOException {
        try (StandInServer server = StandIns.retrieval(0);
                Connection connection = Connection.to(address(server))) {
            byte[] search = Connection.request(
                    address(server), "POST", "/v1/collections/notes/search", "application/json", new byte[500]);
            assertThat(connection.exchange(search)).isEqualTo(200);
            SearchResponse found = Json.MAPPER.readValue(connection.body(), SearchResponse.class);
            assertThat(found.hits()).hasSize(6).allSatisfy(hit -> {
                assertThat(hit.text()).hasSize(hit.end() - hit.start());
                assertThat(hit.highlights()).isNotEmpty().allMatch(highlight -> highlight.end() <= hit.end());
            });
            assertThat(found.hits().getFirst().text()).startsWith(Notes.ANSWER);

            byte[] missing = Connection.request(
                    address(server), "POST", "/v1/collections/missing/search", "application/json", new byte[0]);
            assertThat(connection.exchange(missing)).isEqualTo(404);
        }
    }

    @Test
    void openLoop_serverThatHangs_sendsOnAndCountsFromWhenRequestsWereDue() throws Exception {
        var release = new CountDownLatch(1);
        var arrived = new CountDownLatch(3);
        byte[] ok = StandInServer.response("200 OK", "text/plain", new byte[0]);
        Queue<Answered> answers = new ConcurrentLinkedQueue<>();
        try (var server = new StandInServer(0, _ -> {
            arrived.countDown();
            release.await();
            return ok;
        })) {
            URI address = address(server);
            byte[] request = Connection.request(address, "GET", "/", "text/plain", new byte[0]);
            // the fourth and later ones wait for a connection, which counts
            try (var loop = new OpenLoop(address, _ -> request, answers::add, 3, SEED)) {
                loop.run(1_000, Duration.ofMillis(50));
                assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
                assertThat(answers).isEmpty();
                release.countDown();
            }
        }
        assertThat(answers).hasSizeGreaterThan(3).allMatch(answer -> answer.status() == 200);
        assertThat(answers.stream().map(Answered::number).distinct()).hasSameSizeAs(answers);
        double last = answers.stream().mapToDouble(Answered::due).max().orElseThrow();
        assertThat(last).isBetween(0.0, 0.05);
        assertThat(answers)
                .allSatisfy(answer ->
                        assertThat(answer.due() * 1e3 + answer.millis()).isGreaterThanOrEqualTo(last * 1e3));
    }

    @Test
    void openLoop_noServer_isStatusZero() throws IOException {
        URI nobody;
        try (StandInServer server = StandIns.retrieval(0)) {
            nobody = address(server);
        }
        Queue<Answered> answers = new ConcurrentLinkedQueue<>();
        try (var loop = new OpenLoop(nobody, _ -> new byte[0], answers::add, 3, SEED)) {
            loop.run(1_000, Duration.ofMillis(20));
        }
        assertThat(answers).isNotEmpty().allMatch(answer -> answer.status() == 0);
    }

    @Test
    void outcome_ofAnAnswer_knowsStepAndCause() {
        Outcome whole = Outcome.of(answered(200, "{\"route\":{\"degraded\":null}}"));
        Outcome step = Outcome.of(
                answered(200, "{\"route\":{\"degraded\":{\"step\":\"extractive\",\"cause\":\"queue_full\"}}}"));
        Outcome shed = Outcome.of(answered(503, ""));
        Outcome late = Outcome.of(answered(504, ""));

        assertThat(whole.isWhole()).isTrue();
        assertThat(step.step()).isEqualTo("extractive (queue_full)");
        assertThat(step.isDegraded()).isTrue();
        assertThat(shed.isShed()).isTrue();
        assertThat(late.isOther()).isTrue();
        Map<String, Object> line = new OutcomeTable(List.of(whole, step, shed, late)).line();
        assertThat(line)
                .containsEntry("whole", 1L)
                .containsEntry("degraded", 1L)
                .containsEntry("shed", 1L)
                .containsEntry("other", 1L)
                .containsEntry("steps", Map.of("extractive (queue_full)", 1L))
                .containsEntry("statuses", Map.of("503", 1L, "504", 1L));
    }

    @Test
    void mix_turns_holdEveryStatusThatAClientCanCause() {
        var mix = new Mix(URI.create("http://127.0.0.1:1"));
        List<Integer> statuses = LongStream.range(0, 100)
                .mapToObj(number -> mix.kind(number).status())
                .distinct()
                .toList();
        assertThat(statuses).contains(200, 400, 401, 403, 404, 405, 413, 415, 422, 429, 503, 504, Mix.LEAVES);
    }

    private static URI address(StandInServer server) {
        return URI.create("http://127.0.0.1:" + server.port());
    }
}
