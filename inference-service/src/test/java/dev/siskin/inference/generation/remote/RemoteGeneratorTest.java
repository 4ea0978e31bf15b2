package dev.siskin.inference.generation.remote;

import static dev.siskin.inference.generation.remote.EndpointStandIn.DONE;
import static dev.siskin.inference.generation.remote.EndpointStandIn.STREAM;
import static dev.siskin.inference.generation.remote.EndpointStandIn.refuses;
import static dev.siskin.inference.generation.remote.EndpointStandIn.sends;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.inference.Hits;
import dev.siskin.inference.accounting.TokenPrice;
import dev.siskin.inference.circuit.CircuitBreaker;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.CancelledException;
import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.ModelFailedException;
import dev.siskin.inference.generation.Prompt;
import dev.siskin.inference.generation.Selection;
import dev.siskin.inference.packing.Passage;
import dev.siskin.inference.shaping.GenerationParameters;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers of an endpoint, and what becomes of those that are none. */
@Timeout(60)
final class RemoteGeneratorTest {
    private static final String KEY = "sk-very-secret-0123456789";
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final String TEXT = "The queue holds 64 requests. A full queue answers 503.";

    private final EndpointStandIn endpoint = new EndpointStandIn();
    private final List<String> sentences = new ArrayList<>();
    private final AtomicLong nanos = new AtomicLong();
    private RemoteGenerator generator = generator(LONG, LONG);

    @AfterEach
    void close() {
        generator.close();
        endpoint.close();
    }

    private RemoteGenerator generator(Duration timeout, Duration idle) {
        return generator(endpoint.url(), timeout, idle);
    }

    private RemoteGenerator generator(String url, Duration timeout, Duration idle) {
        return new RemoteGenerator(
                new RemoteSettings(URI.create(url), KEY, "gpt", timeout, idle, 1, 1000, new TokenPrice(0, 0)),
                nanos::get);
    }

    private static Prompt prompt(Duration deadline, String... texts) {
        return prompt(new GenerationParameters(256, 0, OptionalLong.empty(), List.of()), deadline, texts);
    }

    private static Prompt prompt(GenerationParameters parameters, Duration deadline, String... texts) {
        List<Passage> passages = java.util.Arrays.stream(texts)
                .map(text -> new Passage(Hits.hit("a.md", 0, 0.8, text, Map.of()), text, 10))
                .toList();
        return new Prompt("How many?", Optional.empty(), passages, parameters, deadline);
    }

    private Generated generate() {
        return generate(prompt(LONG, TEXT), new Cancellation());
    }

    private Generated generate(Prompt prompt, Cancellation cancellation) {
        return generator.generate(prompt, this::take, cancellation);
    }

    private void take(Draft draft) {
        sentences.add(((Draft.Sentence) draft).text());
    }

    private String failure() {
        return failureOf(prompt(LONG, TEXT));
    }

    private String failureOf(Prompt prompt) {
        return String.valueOf(failed(prompt).getMessage());
    }

    private ModelFailedException failed(Prompt prompt) {
        try {
            generate(prompt, new Cancellation());
        } catch (ModelFailedException failed) {
            assertThat(failed.getMessage()).doesNotContain(KEY).doesNotContainPattern("\\p{Cntrl}");
            return failed;
        }
        throw new AssertionError("it did not fail");
    }

    private static EndpointStandIn.Behaviour answers() {
        return exchange -> {
            exchange.send(STREAM).say("The queue holds", " 64 requests [1", "]. A full ", "queue answers 503 [1].");
            exchange.finish("stop", 321, 17);
        };
    }

    @Test
    void seedAndStop_areSentWhereTheRequestHasThem() throws Exception {
        endpoint.behaviour = answers();
        generate();
        generate(
                prompt(new GenerationParameters(256, 0.7, OptionalLong.of(11), List.of("###")), LONG, TEXT),
                new Cancellation());

        JsonNode without = Json.MAPPER.readTree(endpoint.requests.getFirst().body());
        JsonNode with = Json.MAPPER.readTree(endpoint.requests.getLast().body());
        assertThat(without.has("seed") || without.has("stop")).isFalse();
        assertThat(with.path("seed").asLong()).isEqualTo(11);
        assertThat(with.path("stop")).isEqualTo(Json.MAPPER.readTree("[\"###\"]"));
    }

    @Test
    void endpointThatGoesOnBehindAStopText_isNotReadAnyFurther() {
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM).say("The queue holds 64 requests [1].#", "## A full ", "queue answers 503 [1].");
            exchange.awaitClosed();
        };

        Generated generated = generate(
                prompt(new GenerationParameters(256, 0, OptionalLong.empty(), List.of("###")), LONG, TEXT),
                new Cancellation());

        assertThat(sentences).containsExactly("The queue holds 64 requests [1].");
        assertThat(generated.cut()).isFalse();
    }

    @Test
    void nothingInFrontOfAStopText_isNoFailure() {
        endpoint.behaviour = exchange -> exchange.send(STREAM).finish("stop", 321, 1);

        Generated generated = generate(
                prompt(new GenerationParameters(256, 0, OptionalLong.empty(), List.of("The")), LONG, TEXT),
                new Cancellation());

        assertThat(sentences).isEmpty();
        assertThat(generated.declined()).isPresent();
    }

    @Test
    void answer_streamed_isSentencesAndTokens() {
        endpoint.behaviour = answers();

        Generated generated = generate();

        assertThat(sentences).containsExactly("The queue holds 64 requests [1].", "A full queue answers 503 [1].");
        assertThat(generated).isEqualTo(new Generated(Optional.empty(), Optional.of(321), Optional.of(17), false));
        assertThat(generator.model()).isEqualTo("gpt/rag-1");
    }

    @Test
    void sentence_isGivenBeforeTheNextIsWritten() {
        var seen = new CountDownLatch(1);
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM).say("One here. Two");
            // goes on only when the first sentence has arrived
            seen.await();
            exchange.say(" there.").finish("stop", 1, 1);
        };

        generator.generate(
                prompt(LONG, TEXT),
                draft -> {
                    take(draft);
                    seen.countDown();
                },
                new Cancellation());

        assertThat(sentences).containsExactly("One here.", "Two there.");
    }

    @Test
    void request_hasModelMessagesLimitsAndKey() throws Exception {
        endpoint.behaviour = answers();
        generate();

        EndpointStandIn.Request request = endpoint.requests.getFirst();
        JsonNode body = Json.MAPPER.readTree(request.body());
        assertThat(request.head())
                .startsWith("POST /v1/chat/completions HTTP/1.1\r\n")
                .contains("Authorization: Bearer " + KEY);
        assertThat(body.at("/model").asText()).isEqualTo("gpt");
        assertThat(body.at("/max_tokens").asInt()).isEqualTo(256);
        assertThat(body.at("/temperature").asDouble()).isZero();
        assertThat(body.at("/stream").asBoolean()).isTrue();
        assertThat(body.at("/stream_options/include_usage").asBoolean()).isTrue();
        assertThat(body.at("/messages").findValuesAsText("role")).containsExactly("system", "user");
        assertThat(body.at("/messages/1/content").asText()).contains(TEXT).endsWith("Question: How many?");
    }

    @Test
    void answer_cutByTheTokenLimit_losesItsUnfinishedSentence() {
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM).say("It holds 64. The limit is 5");
            exchange.finish("length", 10, 8);
        };

        assertThat(generate().cut()).isTrue();
        assertThat(sentences).containsExactly("It holds 64.");
    }

    @Test
    void answer_ofOneUnfinishedSentence_isNone() {
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM).say("The limit is 5");
            exchange.finish("length", 10, 8);
        };

        assertThat(failure()).contains("no whole sentence in max_tokens=256");
        assertThat(sentences).isEmpty();
    }

    @Test
    void answer_thatIgnoresTheTokenLimit_isCutOff() {
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM);
            while (true) {
                exchange.say("It goes on and on, and no limit holds it. ");
            }
        };

        assertThat(generate().cut()).isTrue();
        assertThat(String.join(" ", sentences)).hasSizeLessThan(256 * 32 + 100);
    }

    @Test
    void passagesDoNotAnswer_isDeclined() {
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM).say("NO ", "ANSWER", ".");
            exchange.finish("stop", 10, 3);
        };

        assertThat(generate().declined()).contains(Selection.Reason.NO_SENTENCE);
        assertThat(sentences).isEmpty();
    }

    @Test
    void noPassages_nobodyIsAsked() {
        assertThat(generate(prompt(LONG), new Cancellation()).declined()).contains(Selection.Reason.NO_HITS);
        assertThat(endpoint.requests).isEmpty();
    }

    @Test
    void end_withoutDone_isAnEndWhereAReasonWasGiven() {
        endpoint.behaviour = sends(STREAM
                + ": keep-alive\r\n\r\nevent: message\r\ndata:{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\r\n\r\n"
                + "data: {\"choices\":[{\"delta\":{\"content\":\"Só é assim.\"},\"finish_reason\":\"stop\"}]}\r\n\r\n");

        assertThat(generate().promptTokens()).isEmpty();
        assertThat(sentences).containsExactly("Só é assim.");
    }

    static List<Arguments> failures() {
        String ok = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
        return List.of(
                Arguments.of(sends(""), "broke the connection off before it answered", ""),
                Arguments.of(sends("\u0000garbage\r\n\r\n"), "broke the connection off before it answered", ""),
                Arguments.of(
                        sends(ok + "Content-Type: text/html\r\n\r\n<html>"),
                        "answers with no stream of events",
                        "text/html"),
                Arguments.of(sends(ok + "\r\n{}"), "answers with no stream of events", "nothing that says what it is"),
                Arguments.of(sends(STREAM + "data: <html>\n\n"), "events that are no JSON", ""),
                Arguments.of(sends(STREAM + "data: 7\n\n"), "events that are no chat completion", ""),
                Arguments.of(sends(STREAM + "data: {\"choices\":[]}\n\n"), "ended in the middle of an answer", ""),
                Arguments.of(sends(STREAM + DONE), "ended in the middle of an answer", ""),
                Arguments.of(sends(STREAM), "ended in the middle of an answer", ""),
                Arguments.of(
                        sends(
                                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nda"),
                        "broke the connection off in the middle",
                        ""),
                Arguments.of(sends(STREAM + "data: " + "x".repeat(300_000)), "more than 262144 bytes", ""),
                Arguments.of(sends(STREAM + ": busy\n".repeat(1_300_000)), "more than 8388608 bytes", ""),
                Arguments.of(
                        sends(
                                STREAM
                                        + "data: {\"error\":{\"message\":\"out of\\u0007 memory\\nat line 1\",\"code\":500}}\n\n"),
                        "broke off with an error",
                        "out of memory at line 1"),
                Arguments.of(
                        refuses("401 No", "", "{\"error\":{\"message\":\"wrong key " + KEY + "\"}}"),
                        "refuses the key (HTTP 401)",
                        ""),
                Arguments.of(
                        refuses("404 No", "", "{\"detail\":\"no model\"}"),
                        "has no such address or model (HTTP 404)",
                        "no model"),
                Arguments.of(
                        refuses("302 Found", "Location: http://127.0.0.1:1/\r\n", ""),
                        "redirects, which is not followed",
                        ""),
                Arguments.of(
                        refuses("429 Slow", "", "{\"message\":\"too fast\"}"),
                        "has too many requests (HTTP 429)",
                        "too fast"),
                Arguments.of(
                        refuses("429 Slow", "Retry-After: 7\r\n", ""), "asks to be left alone for 7 s (HTTP 429)", ""),
                Arguments.of(refuses("500 Oops", "", "<html>"), "cannot answer now (HTTP 500)", ""),
                Arguments.of(
                        refuses("400 Bad", "", "{\"error\":\"" + "long ".repeat(100) + "\"}"),
                        "refuses the request (HTTP 400)",
                        "long long"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void failure_ofEachKind_isOneLine_withoutTheEndpointsAddressAndWords(
            EndpointStandIn.Behaviour behaviour, String message, String words) {
        endpoint.behaviour = behaviour;

        ModelFailedException failed = failed(prompt(LONG, TEXT));

        assertThat(failed)
                .hasMessageStartingWith("its endpoint ")
                .hasMessageContaining(message)
                .hasMessageNotContaining(endpoint.url());
        assertThat(failed.getMessage()).hasSizeLessThan(150);
        assertThat(failed.getCause()).isInstanceOfSatisfying(RemoteFailure.class, failure -> {
            assertThat(failure.words())
                    .startsWith(words)
                    .doesNotContain(KEY)
                    .doesNotContainPattern("\\p{Cntrl}")
                    .hasSizeLessThanOrEqualTo(RemoteError.LONGEST + 1);
            if (words.isEmpty()) {
                assertThat(failure.words()).isEmpty();
            }
        });
    }

    @Test
    void failure_nobodyListens_saysSo() {
        endpoint.close();

        assertThat(failure()).contains("cannot be reached: connection refused");
    }

    @Test
    void hangingInTheMiddle_isGivenUp_andClosed() throws Exception {
        generator = generator(LONG, Duration.ofMillis(200));
        var closed = new CountDownLatch(1);
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM).say("One here. Two");
            exchange.awaitClosed();
            closed.countDown();
        };

        assertThat(failure()).contains("stood still for 200 ms");
        assertThat(sentences).containsExactly("One here.");
        assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void slowBeginning_isNoStandingStill() {
        generator = generator(LONG, Duration.ofMillis(1));
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM);
            Thread.sleep(50);
            exchange.send(event("One here.") + EndpointStandIn.event(Map.of("x", 1)) + DONE);
        };

        generate();

        assertThat(sentences).containsExactly("One here.");
    }

    private static String event(String whole) {
        return EndpointStandIn.event(
                Map.of("choices", List.of(Map.of("delta", Map.of("content", whole), "finish_reason", "stop"))));
    }

    @Test
    void refusalWhoseBodyHangs_isGivenUp_andClosed() throws Exception {
        generator = generator(Duration.ofHours(1), Duration.ofHours(1));
        endpoint.behaviour = exchange -> {
            exchange.send("HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
            exchange.awaitClosed();
            endpoint.left.countDown();
        };

        assertThat(failure()).contains("cannot answer now (HTTP 500)");
        endpoint.left.await();
    }

    @Test
    void dripping_isGivenUpWhenTheTimeIsOver() {
        generator = generator(Duration.ofMillis(300), LONG);
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM);
            while (true) {
                exchange.send(": busy\n\n");
                Thread.sleep(5);
            }
        };

        assertThat(failure()).contains("did not answer in 300 ms");
    }

    @Test
    void silence_endsWithTheClientsTime() {
        endpoint.behaviour = EndpointStandIn.Exchange::awaitClosed;

        assertThat(failureOf(prompt(Duration.ofMillis(50), TEXT)))
                .contains("did not answer in the 50 ms that were left");
    }

    @Test
    void nobodyWaits_whileSilent_closesTheConnection() throws Exception {
        var cancellation = new Cancellation();
        var closed = new CountDownLatch(1);
        endpoint.behaviour = exchange -> {
            cancellation.cancel();
            exchange.awaitClosed();
            closed.countDown();
        };

        assertThatThrownBy(() -> generate(prompt(LONG, TEXT), cancellation)).isInstanceOf(CancelledException.class);
        assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void nobodyWaits_whileStreaming_closesTheConnection() throws Exception {
        var cancellation = new Cancellation();
        var closed = new CountDownLatch(1);
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM).say("One here. Two");
            exchange.awaitClosed();
            closed.countDown();
        };
        Consumer<Draft> leaves = _ -> cancellation.cancel();

        assertThatThrownBy(() -> generator.generate(prompt(LONG, TEXT), leaves, cancellation))
                .isInstanceOf(CancelledException.class);
        assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private void failTimes(int times) {
        for (int i = 0; i < times; i++) {
            failure();
        }
    }

    @Test
    void circuit_afterFailures_opensAndRecovers() {
        endpoint.behaviour = refuses("500 Oops", "", "");
        failTimes(CircuitBreaker.FAILURES);

        assertThat(failure()).contains("has failed lately");
        assertThat(endpoint.requests).hasSize(CircuitBreaker.FAILURES);

        pass(EndpointCircuit.FIRST_WAIT);
        failure();
        assertThat(failure()).contains("has failed lately");
        assertThat(endpoint.requests).as("one call tries").hasSize(CircuitBreaker.FAILURES + 1);

        pass(EndpointCircuit.FIRST_WAIT.multipliedBy(2));
        endpoint.behaviour = answers();
        generate();
        generate();
        assertThat(sentences).hasSize(4);
    }

    @Test
    void circuit_retryAfter_opensAtOnceForThatLong() {
        endpoint.behaviour = refuses("429 Slow", "Retry-After: 7\r\n", "");
        failure();
        endpoint.behaviour = answers();

        pass(Duration.ofSeconds(6));
        assertThat(failure()).contains("has failed lately");
        pass(Duration.ofSeconds(2));
        generate();

        assertThat(endpoint.requests).hasSize(2);
    }

    @Test
    void circuit_faultsOfRequestsAndSettings_doNotOpenIt() {
        for (String refusal : List.of("400 Bad", "401 No", "403 No", "404 No")) {
            endpoint.behaviour = refuses(refusal, "", "");
            failTimes(2 * CircuitBreaker.FAILURES);
        }
        endpoint.behaviour = EndpointStandIn.Exchange::awaitClosed;
        for (int i = 0; i < 2 * CircuitBreaker.FAILURES; i++) {
            failureOf(prompt(Duration.ofMillis(20), TEXT));
        }
        endpoint.behaviour = answers();

        generate();

        assertThat(sentences).hasSize(2);
    }

    @Test
    void circuit_cancelledTry_letsAnotherTry() {
        endpoint.behaviour = refuses("500 Oops", "", "");
        failTimes(CircuitBreaker.FAILURES);
        pass(EndpointCircuit.FIRST_WAIT);
        var cancellation = new Cancellation();
        endpoint.behaviour = exchange -> {
            cancellation.cancel();
            exchange.awaitClosed();
        };
        assertThatThrownBy(() -> generate(prompt(LONG, TEXT), cancellation)).isInstanceOf(CancelledException.class);
        endpoint.behaviour = answers();

        generate();

        assertThat(sentences).hasSize(2);
    }
}
