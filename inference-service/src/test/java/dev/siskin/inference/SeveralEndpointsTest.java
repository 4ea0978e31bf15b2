package dev.siskin.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.AnswerResponse;
import dev.siskin.api.AnswerResponse.CacheUse;
import dev.siskin.api.AnswerResponse.Degraded;
import dev.siskin.api.Hit;
import dev.siskin.api.Json;
import dev.siskin.settings.SettingException;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole service over HTTP, against two retrieval tiers that hold the same collection and count for themselves. */
final class SeveralEndpointsTest {
    private static final String BOUND = "The queue is bounded by max_queue_depth, which is 64 by default.";
    private static final Hit HIT = Hits.hit("docs/guide.md", 100, 0.82, BOUND, Map.of(BOUND, 0.8));
    private static final String ASK = """
            {"question":"How is the queue bounded?","collection":"docs"}""";

    private final HttpClient http = HttpClient.newHttpClient();
    private final AtomicLong nanos = new AtomicLong(1);
    private final RetrievalStandIn first = new RetrievalStandIn("");
    private final RetrievalStandIn second = new RetrievalStandIn("");
    private InferenceService inference;
    private RetrievalStandIn home;
    private RetrievalStandIn other;

    @BeforeEach
    void start() {
        first.put("default", "docs", 42, HIT);
        second.put("default", "docs", 42, HIT);
        inference = inference(url(first) + "," + url(second), Map.of());
        ask(ASK.replace("bounded", "limited"));
        boolean atFirst = first.searches.get() > 0;
        home = atFirst ? first : second;
        other = atFirst ? second : first;
        home.searches.set(0);
        other.put("default", "docs", 7, HIT);
    }

    @AfterEach
    void stop() {
        http.shutdownNow();
        inference.close();
        first.close();
        second.close();
    }

    private static String url(RetrievalStandIn standIn) {
        return "http://127.0.0.1:" + standIn.port();
    }

    private InferenceService inference(String urls, Map<String, String> more) {
        var settings = new HashMap<>(Map.of(
                "inference.http.port", "0", "inference.retrieval.url", urls, "inference.cache.generation.poll", "10m"));
        settings.putAll(more);
        return InferenceService.start(Settings.of(settings), nanos::get);
    }

    private HttpResponse<String> post(String body) {
        var request = HttpRequest.newBuilder(URI.create(inference.address() + "/v1/answers"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private AnswerResponse ask(String body) {
        HttpResponse<String> response = post(body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        try {
            return Json.MAPPER.readValue(response.body(), AnswerResponse.class);
        } catch (IOException malformed) {
            throw new IllegalStateException(response.body(), malformed);
        }
    }

    /** Longer than what is known of generations is believed. */
    private void passPoll() {
        nanos.addAndGet(Duration.ofMinutes(20).toNanos());
    }

    @Test
    void home_aslongAsItAnswers_isAskedAlone() {
        for (int i = 0; i < 5; i++) {
            assertThat(ask(ASK.replace("queue", "queue " + i)).generation()).isEqualTo(42);
        }

        assertThat(home.searches).hasValue(5);
        assertThat(other.searches).hasValue(0);
        assertThat(other.polls).hasValue(0);
    }

    @Test
    void home_down_otherAnswersInGenerationsOfItsOwn() {
        ask(ASK);
        home.close();
        passPoll();

        AnswerResponse fresh = ask(ASK);
        assertThat(fresh.cache()).isEqualTo(CacheUse.NONE);
        assertThat(fresh.generation()).isEqualTo(7);
        assertThat(fresh.route().degraded()).isNull();

        AnswerResponse kept = ask(ASK);
        assertThat(kept.cache()).isEqualTo(CacheUse.ANSWER);
        assertThat(kept.generation()).isEqualTo(7);
    }

    @Test
    void home_back_isAskedAgainAndItsOwnEntriesCount() {
        ask(ASK);
        home.failing = true;
        passPoll();
        assertThat(ask(ASK).generation()).isEqualTo(7);
        home.failing = false;
        passPoll();

        AnswerResponse kept = ask(ASK);

        assertThat(kept.generation()).isEqualTo(42);
        assertThat(kept.cache()).isEqualTo(CacheUse.ANSWER);
    }

    @Test
    void earlierAnswer_whereTwoCountTheCollection_isStaleNotCached() {
        ask(ASK);
        home.failing = true;
        passPoll();
        ask(ASK);
        other.failing = true;
        passPoll();

        assertThat(ask(ASK).route().degraded()).isEqualTo(new Degraded("stale", "retrieval_down"));
    }

    @Test
    void earlierAnswer_whereOneCountsTheCollection_isCached() {
        ask(ASK);
        home.failing = true;
        other.failing = true;
        passPoll();

        assertThat(ask(ASK).route().degraded()).isEqualTo(new Degraded("cached", "retrieval_down"));
    }

    @Test
    void search_answeredElsewhere_isGivenOutAndNotKept() {
        home.searchesFailing = true;

        assertThat(ask(ASK).generation()).isEqualTo(7);
        AnswerResponse again = ask(ASK);

        assertThat(again.cache()).isEqualTo(CacheUse.NONE);
        assertThat(again.route().degraded()).isNull();
        assertThat(other.searches).hasValue(2);
        home.searchesFailing = false;
        assertThat(ask(ASK).generation()).isEqualTo(42);
    }

    @Test
    void search_olderThanKnown_isStaleAndNotKept() {
        ask(ASK);
        home.put("default", "docs", 40, HIT);
        String another = ASK.replace("queue", "long queue");

        AnswerResponse old = ask(another);

        assertThat(old.generation()).isEqualTo(40);
        assertThat(old.route().degraded()).isEqualTo(new Degraded("stale", "retrieval_down"));
        assertThat(ask(another).cache()).isEqualTo(CacheUse.NONE);
        assertThat(post(another.replace("}", ",\"allow_degraded\":false}")).statusCode())
                .isEqualTo(503);
        home.put("default", "docs", 42, HIT);
        assertThat(ask(another).route().degraded()).isNull();
    }

    @Test
    void minGeneration_countsAtTheFirstEndpointOfTheList() {
        first.put("default", "docs", 5, HIT);
        second.put("default", "docs", 90, HIT);
        passPoll();

        assertThat(ask(ASK.replace("}", ",\"min_generation\":5}")).generation()).isEqualTo(5);
        assertThat(post(ASK.replace("}", ",\"min_generation\":6}")).statusCode())
                .isEqualTo(503);
        first.failing = true;
        passPoll();
        assertThat(post(ASK.replace("queue", "new queue").replace("}", ",\"min_generation\":5}"))
                        .statusCode())
                .isEqualTo(503);
    }

    @Test
    void deadline_isHandedDownLessTheTimeForAnswering() {
        ask(ASK.replace("}", ",\"deadline_ms\":2000}"));
        assertThat(home.lastSearch).isNotNull();
        assertThat(home.lastSearch.deadlineMs()).isEqualTo(1750);

        ask(ASK.replace("queue", "deep queue"));
        assertThat(home.lastSearch.deadlineMs()).isEqualTo(4950);
    }

    @Test
    void sharedSearch_firstCallersTimeRunsOut_othersGoOnInTheirs() throws Exception {
        home.gate = new CountDownLatch(1);
        other.searchesFailing = true;
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<HttpResponse<String>> hurried =
                    clients.submit(() -> post(ASK.replace("}", ",\"deadline_ms\":1000}")));
            awaitSearches(1);
            Future<AnswerResponse> patient = clients.submit(() -> ask(ASK));

            assertThat(hurried.get().statusCode()).isEqualTo(504);
            awaitSearches(2);
            home.gate.countDown();

            assertThat(patient.get().answer()).isEqualTo(BOUND + " [1]");
        }
    }

    private void awaitSearches(int count) {
        while (home.searches.get() < count) {
            Thread.onSpinWait();
        }
    }

    @Test
    void metrics_countCallsByEndpointAndSecondAttempts() throws Exception {
        home.searchesFailing = true;
        ask(ASK);

        var request = HttpRequest.newBuilder(URI.create(inference.address() + "/metrics"));
        String metrics =
                http.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();

        assertThat(metrics)
                .contains("siskin_retrieval_calls_total{endpoint=\"127.0.0.1:" + home.port()
                        + "\",kind=\"search\",outcome=\"unavailable\"} 1.0")
                .contains("siskin_retrieval_calls_total{endpoint=\"127.0.0.1:" + other.port()
                        + "\",kind=\"search\",outcome=\"answered\"} 1.0")
                .contains("siskin_retrieval_second_attempts_total{kind=\"retry\"} 1.0")
                .contains("siskin_retrieval_breaker{endpoint=\"127.0.0.1:" + home.port() + "\"} 0.0");
    }

    @Test
    void start_oneAddressTwice_isRefused() {
        assertThatThrownBy(() -> inference(url(first) + ", " + url(first), Map.of()))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("inference.retrieval.url");
        assertThatThrownBy(() -> inference(url(first) + ",", Map.of())).isInstanceOf(SettingException.class);
    }
}
