package dev.siskin.inference.retrieval;

import static dev.siskin.inference.retrieval.SocketStandIn.FOUND;
import static dev.siskin.inference.retrieval.SocketStandIn.answer;
import static dev.siskin.inference.retrieval.SocketStandIn.bytes;
import static dev.siskin.inference.retrieval.SocketStandIn.closing;
import static dev.siskin.inference.retrieval.SocketStandIn.dripping;
import static dev.siskin.inference.retrieval.SocketStandIn.endless;
import static dev.siskin.inference.retrieval.SocketStandIn.hanging;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Filter;
import dev.siskin.api.Json;
import dev.siskin.http.ServiceUnreachableException;
import dev.siskin.inference.circuit.CircuitBreaker;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.CancelledException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against services that hang, close, drip and send garbage. */
final class RetrievalClientTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(500);

    private final AtomicLong nanos = new AtomicLong(1);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final SocketStandIn first = new SocketStandIn();
    private final SocketStandIn second = new SocketStandIn();
    private final RetrievalClient one = client(LONG, 0.1, LONG, first.address());
    private final RetrievalClient two = client(LONG, 0.1, LONG, first.address(), second.address());

    private RetrievalClient client(Duration timeout, double share, Duration hedgeAfter, URI... addresses) {
        var limits = new RetrievalClient.Limits(timeout, share, hedgeAfter);
        return new RetrievalClient(List.of(addresses), Optional.empty(), limits, nanos::get, registry);
    }

    @AfterEach
    void stop() {
        one.close();
        two.close();
        first.close();
        second.close();
    }

    private static Query query(OptionalLong minGeneration) {
        return new Query("t", "docs", "why?", 6, new Filter.All(), minGeneration);
    }

    private Found search(RetrievalClient client) {
        return search(client, LONG);
    }

    private Found search(RetrievalClient client, Duration patience) {
        return client.search(first.name(), query(OptionalLong.empty()), patience, new Cancellation());
    }

    private RetrievalDownException down(RetrievalClient client) {
        RetrievalDownException down = catchThrowableOfType(RetrievalDownException.class, () -> search(client));
        assertThat(down).as("no answer").isNotNull();
        assertThat(down).hasMessageNotContainingAny(first.name(), second.name());
        return down;
    }

    private static SocketStandIn.Behaviour problem(int status, String detail, String... headers) {
        return answer(status, """
                {"type":"about:blank","title":"X","status":%d,"detail":"%s","request_id":"1"}""".formatted(status, detail), headers);
    }

    private double calls(SocketStandIn endpoint, String kind, String outcome) {
        return registry.get("siskin.retrieval.calls")
                .tags("endpoint", endpoint.name(), "kind", kind, "outcome", outcome)
                .counter()
                .count();
    }

    private double seconds(String kind) {
        return registry.get("siskin.retrieval.second.attempts")
                .tag("kind", kind)
                .counter()
                .count();
    }

    private double breakerState() {
        return registry.get("siskin.retrieval.breaker")
                .tag("endpoint", first.name())
                .gauge()
                .value();
    }

    @Test
    void search_answered_saysWhere() {
        Found found = search(one);

        assertThat(found.endpoint()).isEqualTo(first.name());
        assertThat(found.generation()).isEqualTo(42);
        assertThat(calls(first, "search", "answered")).isEqualTo(1);
    }

    @Test
    void search_deadline_isWhatIsLeftLessTheWay() {
        search(one, Duration.ofSeconds(20));
        search(one, Duration.ofMinutes(2));

        List<Integer> deadlines = first.requests.stream()
                .map(request -> json(request.substring(request.indexOf('{')))
                        .get("deadline_ms")
                        .asInt())
                .toList();
        assertThat(deadlines).containsExactly(19_950, 59_950);
    }

    private static JsonNode json(String text) {
        try {
            return Json.MAPPER.readTree(text);
        } catch (IOException malformed) {
            throw new IllegalStateException(text, malformed);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hello",
                "",
                "null",
                "[]",
                "7",
                "{}",
                "{\"hits\":null}",
                "{\"hits\":7}",
                "{\"hits\":[null]}",
                "{\"hits\":[{}]}",
                "{\"hits\":[{\"document_id\":\"a\"",
            })
    void search_garbage_isDown(String body) {
        first.behaviour = answer(200, body);

        assertThat(down(one)).hasMessageContaining("not the contract");
        assertThat(calls(first, "search", "garbage")).isEqualTo(1);
    }

    @Test
    void search_placesOutsideTheText_areGarbage() {
        Stream.of(
                        FOUND.replace("\"start\":10,\"end\":20,\"high", "\"start\":10,\"end\":21,\"high"),
                        FOUND.replace("\"start\":10,\"end\":20,\"high", "\"start\":-1,\"end\":9,\"high"),
                        FOUND.replace("[{\"start\":10,\"end\":20", "[{\"start\":9,\"end\":20"),
                        FOUND.replace("[{\"start\":10,\"end\":20", "[{\"start\":10,\"end\":21"),
                        FOUND.replace("[{\"start\":10,\"end\":20", "[{\"start\":15,\"end\":14"),
                        FOUND.replace(
                                "\"start\":10,\"end\":20,\"high", "\"start\":2147483647,\"end\":-2147483639,\"high"))
                .forEach(body -> {
                    assertThat(body).isNotEqualTo(FOUND);
                    first.behaviour = answer(200, body);
                    try (RetrievalClient fresh = client(LONG, 0, LONG, first.address())) {
                        assertThat(down(fresh)).as(body).cause().hasMessageContaining("hits[0]");
                    }
                });
    }

    @Test
    void search_belowMinGeneration_isNotBelieved() {
        assertThatThrownBy(() -> one.search(first.name(), query(OptionalLong.of(43)), LONG, new Cancellation()))
                .isInstanceOf(RetrievalDownException.class)
                .cause()
                .hasMessageContaining("min_generation=43");
    }

    @Test
    void search_truncated_isDown() {
        first.behaviour = bytes("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"hits\":");

        assertThat(down(one)).hasMessageContaining("cannot be reached");
    }

    @Test
    void search_notHttp_isDown() {
        first.behaviour = bytes("SSH-2.0-OpenSSH_9.6\r\n");

        assertThat(down(one)).hasMessageContaining("cannot be reached");
    }

    @Test
    void search_withoutEnd_isReadUpToItsBoundAndCounted() throws InterruptedException {
        first.behaviour = endless();

        assertThat(down(one)).hasMessageContaining(Endpoint.MAX_ANSWER_BYTES + " bytes");
        first.clientLeft.await();
        assertThat(calls(first, "search", "garbage")).isEqualTo(1);
    }

    @Test
    void search_largeAnswersAtOnce_areReadWithinTheirBudget() throws Exception {
        String large = FOUND + " ".repeat(1_600_000);
        var most = new AtomicLong();
        first.behaviour = (standIn, connection) -> {
            boolean goesOn = answer(200, large).serve(standIn, connection);
            most.accumulateAndGet(one.responseBytes(), Math::max);
            return goesOn;
        };

        int answered = 0;
        try (var questions = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Found>> searches = Stream.generate(() -> questions.submit(() -> search(one)))
                    .limit(25)
                    .toList();
            for (Future<Found> search : searches) {
                try {
                    assertThat(search.get().generation()).isEqualTo(42);
                    answered++;
                } catch (ExecutionException refused) {
                    assertThat(refused).hasMessageContaining("all the memory they may");
                }
            }
        }
        assertThat(answered).isPositive();
        assertThat(most.get()).isPositive().isLessThanOrEqualTo(one.maxResponseBytes());
        assertThat(one.responseBytes()).isZero();
        assertThat(breakerState()).isZero();
    }

    @Test
    void search_largeAnswersOfAnnouncedLength_areReadSideBySide() throws Exception {
        String large = FOUND + " ".repeat(100_000);
        var begun = new CountDownLatch(2);
        var hadRoom = new AtomicBoolean();
        first.behaviour = (standIn, connection) -> {
            String head = "HTTP/1.1 200 OK\r\nContent-Length: " + large.length() + "\r\n\r\n";
            connection.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            begun.countDown();
            // the rest of neither comes before there is room for both
            await(begun);
            while (!hadRoom.get()) {
                if (one.responseBytes() >= 2 * ResponseBudget.COPIES * large.length()) {
                    hadRoom.set(true);
                }
                Thread.onSpinWait();
            }
            connection.getOutputStream().write(large.getBytes(StandardCharsets.US_ASCII));
            return true;
        };
        try (var questions = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Found> some = questions.submit(() -> search(one));
            Future<Found> other = questions.submit(() -> search(one));

            assertThat(some.get().generation()).isEqualTo(42);
            assertThat(other.get().generation()).isEqualTo(42);
        }
        assertThat(one.responseBytes()).isZero();
    }

    @Test
    void search_noRoomForItsAnswer_isRefusedAndSaysNothingOfTheEndpoint() throws Exception {
        var begun = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        String body = FOUND + " ".repeat((int) Endpoint.MAX_ANSWER_BYTES - FOUND.length());
        first.behaviour = (standIn, connection) -> {
            String head = "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n";
            connection.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            begun.countDown();
            await(goOn);
            connection.getOutputStream().write(body.getBytes(StandardCharsets.US_ASCII));
            return true;
        };
        try (var questions = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Found> holding = questions.submit(() -> search(one));
            begun.await();
            while (one.responseBytes() < one.maxResponseBytes()) {
                Thread.onSpinWait();
            }
            first.behaviour = answer(200, FOUND);

            for (int i = 0; i <= CircuitBreaker.FAILURES; i++) {
                assertThatThrownBy(() -> search(one, Duration.ofMillis(500)))
                        .isInstanceOf(SearchNoRoomException.class)
                        .hasMessageContaining("all the memory they may");
            }
            assertThat(breakerState()).isZero();
            assertThat(calls(first, "search", "no_room")).isGreaterThan(CircuitBreaker.FAILURES);
            goOn.countDown();

            assertThat(holding.get().generation()).isEqualTo(42);
        }
        assertThat(one.responseBytes()).isZero();
        assertThat(search(one).generation()).isEqualTo(42);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void search_errorThatIsNoProblem_isDown() {
        first.behaviour = answer(503, "null");

        assertThat(down(one)).hasMessageContaining("HTTP 503");
    }

    @Test
    void search_hanging_endsWithPatienceAndLeavesNoConnection() throws InterruptedException {
        first.behaviour = hanging();

        assertThatThrownBy(() -> search(one, SHORT)).isInstanceOf(SearchTimedOutException.class);
        first.clientLeft.await();
        assertThat(calls(first, "search", "timed_out")).isEqualTo(1);
    }

    @Test
    void search_dripping_endsWithPatienceAndLeavesNoConnection() throws InterruptedException {
        first.behaviour = dripping();

        assertThatThrownBy(() -> search(one, SHORT)).isInstanceOf(SearchTimedOutException.class);
        first.clientLeft.await();
    }

    @Test
    void generations_dripping_endWithTheirTimeAndLeaveNoConnection() throws InterruptedException {
        first.behaviour = dripping();

        assertThatThrownBy(() -> one.generations(first.name(), "t", SHORT))
                .isInstanceOf(ServiceUnreachableException.class);
        first.clientLeft.await();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "null", "7", "{\"docs\":\"7\"}", "{\"docs\":1.5}", "{\"docs\":null}"})
    void generations_garbage_areNotBelieved(String body) {
        first.behaviour = answer(200, body);

        assertThatThrownBy(() -> one.generations(first.name(), "t", LONG))
                .isInstanceOf(ServiceUnreachableException.class)
                .hasMessageContaining("not the contract");
    }

    @Test
    void search_nobodyWaits_isGivenUpWithItsConnection() throws InterruptedException {
        first.behaviour = hanging();
        var cancellation = new Cancellation();
        Thread.ofVirtual().start(() -> {
            while (first.searches() == 0) {
                Thread.onSpinWait();
            }
            cancellation.cancel();
        });

        assertThatThrownBy(() -> one.search(first.name(), query(OptionalLong.empty()), LONG, cancellation))
                .isInstanceOf(CancelledException.class);
        first.clientLeft.await();
    }

    @Test
    void breaker_endpointThatHangs_isLeftAloneUntilItIsReady() {
        try (RetrievalClient client = client(SHORT, 0, LONG, first.address())) {
            first.behaviour = hanging();
            for (int i = 0; i < CircuitBreaker.FAILURES; i++) {
                assertThat(down(client)).hasMessageContaining("did not answer within 500 ms");
            }
            assertThat(down(client)).hasMessageContaining("left alone");
            assertThatThrownBy(() -> client.generations(first.name(), "t", LONG))
                    .isInstanceOf(RetrievalDownException.class);
            assertThat(calls(first, "search", "timed_out")).isEqualTo(CircuitBreaker.FAILURES);

            first.behaviour = answer(503, "{}");
            nanos.addAndGet(Endpoint.SHORTEST_PAUSE.toNanos());
            client.probe();
            assertThat(down(client)).hasMessageContaining("left alone");

            first.behaviour =
                    (standIn, connection) -> (standIn.requests.getLast().contains("/readyz")
                                    ? answer(200, "{}")
                                    : answer(200, FOUND))
                            .serve(standIn, connection);
            client.probe();
            assertThat(down(client)).hasMessageContaining("left alone");
            nanos.addAndGet(Endpoint.SHORTEST_PAUSE.toNanos());
            client.probe();
            assertThat(search(client).generation()).isEqualTo(42);
        }
    }

    @Test
    void breaker_opens_searchesUnderWayGoElsewhereWhateverTheShare() throws Exception {
        try (RetrievalClient client = client(LONG, 0, LONG, first.address(), second.address());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            first.behaviour = hanging();
            Future<Found> waiting = threads.submit(() -> search(client));
            while (first.searches() == 0) {
                Thread.onSpinWait();
            }

            first.behaviour = closing();
            for (int i = 0; i < CircuitBreaker.FAILURES; i++) {
                assertThatThrownBy(() -> client.generations(first.name(), "t", LONG))
                        .isInstanceOf(ServiceUnreachableException.class);
            }

            assertThat(waiting.get().endpoint()).isEqualTo(second.name());
            first.clientLeft.await();
        }
    }

    @Test
    void breaker_impatientCallers_doNotOpenIt() {
        first.behaviour = hanging();
        for (int i = 0; i < 2 * CircuitBreaker.FAILURES; i++) {
            assertThatThrownBy(() -> search(one, Duration.ofMillis(20))).isInstanceOf(SearchTimedOutException.class);
        }

        assertThat(one.endpoints("t", "docs", false)).containsExactly(first.name());
        first.behaviour = answer(200, FOUND);
        assertThat(search(one).generation()).isEqualTo(42);
    }

    @Test
    void breaker_waitsForAGeneration_doNotOpenIt() {
        try (RetrievalClient client = client(Duration.ofMillis(20), 0, LONG, first.address())) {
            first.behaviour = hanging();
            for (int i = 0; i < 2 * CircuitBreaker.FAILURES; i++) {
                assertThatThrownBy(
                                () -> client.search(first.name(), query(OptionalLong.of(43)), LONG, new Cancellation()))
                        .isInstanceOf(RetrievalDownException.class)
                        .hasMessageContaining("did not answer within 20 ms");
            }
        }

        assertThat(breakerState()).isZero();
    }

    @Test
    void breaker_problems_doNotOpenIt() {
        for (int status : new int[] {500, 503, 404, 500, 503}) {
            first.behaviour = problem(status, "no");
            assertThatThrownBy(() -> search(one)).cause().hasMessageContaining("no");
        }

        assertThat(breakerState()).isZero();
    }

    @Test
    void retry_noConnection_asksTheNextEndpoint() {
        first.close();

        assertThat(search(two).endpoint()).isEqualTo(second.name());
        assertThat(calls(first, "search", "unreachable")).isEqualTo(1);
        assertThat(seconds("retry")).isEqualTo(1);
    }

    @Test
    void retry_fullOrGarbage_asksTheNextEndpoint() {
        first.behaviour = answer(503, "{}", "Retry-After: 60\r\n");
        assertThat(search(two).endpoint()).isEqualTo(second.name());

        first.behaviour = answer(200, "hello");
        assertThat(search(two).endpoint()).isEqualTo(second.name());
    }

    @Test
    void retry_oneEndpoint_onlyAfterABrokenConnection() {
        first.behaviour = (standIn, connection) ->
                (standIn.searches() == 1 ? closing() : answer(200, FOUND)).serve(standIn, connection);
        assertThat(search(one).generation()).isEqualTo(42);
        assertThat(first.searches()).isEqualTo(2);

        first.behaviour = problem(503, "full", "Retry-After: 60\r\n");
        RetrievalDownException full = down(one);

        assertThat(full).hasMessage("retrieval-service cannot answer now (HTTP 503)");
        assertThat(full).cause().hasMessageContaining("full");
        assertThat(full.retryAfterSeconds()).isEqualTo(60);
        assertThat(first.searches()).isEqualTo(3);
    }

    @Test
    void retry_bothFail_tellsOfTheFirstAndGoesNoFurther() {
        first.behaviour = problem(503, "first is full");
        second.behaviour = problem(404, "never heard of it");

        assertThat(down(two)).cause().hasMessageContaining("first is full");
        assertThat(first.searches() + second.searches()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 422, 429, 401, 403, 500})
    void retry_refusal_isNever(int status) {
        first.behaviour = problem(status, "no");

        assertThatThrownBy(() -> search(two)).cause().hasMessageContaining("no");
        assertThat(second.searches()).isZero();
    }

    @Test
    void retry_shareSpent_isNotMade() {
        first.behaviour = answer(503, "{}");
        try (RetrievalClient client = client(LONG, 0, LONG, first.address(), second.address())) {
            down(client);
        }

        assertThat(second.searches()).isZero();
    }

    @Test
    void hedge_slowFirst_secondAnswersAndTheFirstIsCancelled() throws InterruptedException {
        first.behaviour = hanging();
        try (RetrievalClient client = client(LONG, 0.1, Duration.ofMillis(1), first.address(), second.address())) {
            assertThat(search(client).endpoint()).isEqualTo(second.name());
        }

        first.clientLeft.await();
        assertThat(calls(first, "search", "cancelled")).isEqualTo(1);
        assertThat(seconds("hedge")).isEqualTo(1);
    }

    @Test
    void hedge_secondRefuses_firstIsStillWaitedFor() {
        second.behaviour = answer(404, "{}");
        first.behaviour = (standIn, connection) -> {
            while (second.searches() == 0) {
                Thread.onSpinWait();
            }
            return answer(200, FOUND).serve(standIn, connection);
        };
        try (RetrievalClient client = client(LONG, 0.1, Duration.ofMillis(1), first.address(), second.address())) {
            assertThat(search(client).endpoint()).isEqualTo(first.name());
        }
    }

    @Test
    void hedge_noShareOrOneEndpoint_isNotSent() {
        first.behaviour = hanging();
        try (RetrievalClient none = client(LONG, 0, Duration.ofMillis(1), first.address(), second.address());
                RetrievalClient single = client(LONG, 0.1, Duration.ofMillis(1), first.address())) {
            assertThatThrownBy(() -> search(none, SHORT)).isInstanceOf(SearchTimedOutException.class);
            assertThatThrownBy(() -> search(single, SHORT)).isInstanceOf(SearchTimedOutException.class);
        }

        assertThat(calls(first, "search", "timed_out")).isEqualTo(2);
        assertThat(second.searches()).isZero();
    }

    @Test
    void minGeneration_isAskedAtTheFirstEndpointAlone() {
        first.behaviour = answer(503, "{}");

        assertThat(two.endpoints("t", "docs", true)).containsExactly(first.name());
        assertThatThrownBy(() -> two.search(first.name(), query(OptionalLong.of(1)), LONG, new Cancellation()))
                .isInstanceOf(RetrievalDownException.class);
        assertThat(second.searches()).isZero();
    }

    @Test
    void endpoints_collections_areSpreadAndStay() {
        Map<String, Long> homes = Stream.iterate(0, i -> i + 1)
                .limit(1000)
                .map(i -> two.endpoints("t", "collection-" + i, false).getFirst())
                .collect(Collectors.groupingBy(home -> home, Collectors.counting()));
        assertThat(homes.get(first.name())).isBetween(400L, 600L);

        String home = two.endpoints("t", "docs", false).getFirst();
        try (RetrievalClient turned = client(LONG, 0.1, LONG, second.address(), first.address())) {
            assertThat(turned.endpoints("t", "docs", false).getFirst()).isEqualTo(home);
        }
    }

    @Test
    void endpoints_oneIsLeftAlone_areTheOthers() {
        first.close();
        for (int i = 0; i < CircuitBreaker.FAILURES; i++) {
            assertThat(search(two).endpoint()).isEqualTo(second.name());
        }

        assertThat(two.endpoints("t", "docs", false)).containsExactly(second.name());
        assertThat(search(two).endpoint()).isEqualTo(second.name());
        assertThat(calls(first, "search", "unreachable")).isEqualTo(CircuitBreaker.FAILURES);
    }

    @Test
    void connections_areKeptAlive() {
        var connections = ConcurrentHashMap.newKeySet();
        first.behaviour = (standIn, connection) -> {
            connections.add(connection);
            return answer(200, FOUND).serve(standIn, connection);
        };
        for (int i = 0; i < 20; i++) {
            search(one);
        }

        assertThat(connections).hasSize(1);
    }
}
