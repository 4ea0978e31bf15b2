package dev.siskin.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.siskin.cli.CommandFailure;
import dev.siskin.cli.model.StubHub.Fault;
import dev.siskin.cli.print.Terminal;
import dev.siskin.generators.GeneratorFolder;
import dev.siskin.generators.GeneratorFolder.Graph;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ModelPullTest {
    private static final String GRAPH = "onnx/model_q4.onnx";
    private static final String DATA = "onnx/model_q4.onnx_data";
    private static final String NAME = "model-1";
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path data;

    private Path models = Path.of("");
    private final List<Duration> pauses = new CopyOnWriteArrayList<>();
    private final byte[] weights = SmallGraphs.whole(50_000, 1);
    private StubHub hub = hub();
    private String token = "";
    private long free = Long.MAX_VALUE;
    private Duration silence = LONG;

    private static StubHub hub() {
        try {
            return new StubHub();
        } catch (IOException refused) {
            throw new UncheckedIOException(refused);
        }
    }

    @BeforeEach
    void fill() {
        models = data.resolve("models");
        hub.with("config.json", "{\"model_type\":\"llama\",\"vocab_size\":100}")
                .with("tokenizer.json", "{}")
                .with("README.md", "what it is")
                .with("model.safetensors", new byte[5_000])
                .with("onnx/model.onnx", SmallGraphs.whole(9_000, 2))
                .with("onnx/model_fp16.onnx", SmallGraphs.whole(4_000, 3))
                .with(GRAPH, SmallGraphs.external("model_q4.onnx_data", weights.length))
                .with(DATA, weights);
    }

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void pull_takesWhatAModelNeedsAndOneGraph() throws Exception {
        hub.pagesOf(3);

        GeneratorFolder pulled = pull();

        assertThat(pulled.path()).isEqualTo(models.resolve(NAME));
        assertThat(pulled.graphs()).extracting(Graph::file, Graph::data).containsExactly(tuple(GRAPH, List.of(DATA)));
        assertThat(content())
                .containsExactly(
                        ".lock",
                        NAME + "/config.json",
                        NAME + "/" + GRAPH,
                        NAME + "/" + DATA,
                        NAME + "/tokenizer.json");
        assertThat(models.resolve(NAME).resolve(DATA)).hasBinaryContent(weights);
        assertThat(hub.requests("")).hasSize(3);
        assertThat(pauses).isEmpty();
    }

    @Test
    void pull_ofAGraphThatHoldsItsWeights_hasThemBeside() throws Exception {
        hub.with("onnx/model.onnx", SmallGraphs.whole(2 << 20, 2));

        assertThat(pull("onnx/model.onnx").graphs())
                .extracting(Graph::file, Graph::data, Graph::bytes)
                .containsExactly(tuple(
                        "onnx/model.onnx",
                        List.of("onnx/model.onnx_data"),
                        Files.size(models.resolve(NAME).resolve("onnx/model.onnx")) + (2 << 20)));
    }

    @Test
    void pull_filePattern_choosesTheGraphs() throws Exception {
        assertThat(pull("model_fp16*", "onnx/model.onnx").graphs())
                .extracting(Graph::file)
                .containsExactly("onnx/model.onnx", "onnx/model_fp16.onnx");
    }

    @Test
    void pull_filePatternThatFitsNothing_namesTheGraphs() {
        assertFails("*int2*").hasMessageContainingAll("--file *int2*", GRAPH + " (48 KiB)", "onnx/model_fp16.onnx");
    }

    @Test
    void pull_brokenOff_isMadeWhole() throws Exception {
        hub.fault(DATA, StubHub.cutAfter(20_000), StubHub.cutAfter(30_000));

        pull();

        assertThat(models.resolve(NAME).resolve(DATA)).hasBinaryContent(weights);
        assertThat(ranges(DATA)).hasSize(3);
    }

    @Test
    void pull_endedEarly_goesOnWhereItWas() throws Exception {
        hub.fault(DATA, StubHub.endAfter(20_000));

        pull();

        assertThat(models.resolve(NAME).resolve(DATA)).hasBinaryContent(weights);
        assertThat(ranges(DATA)).containsExactly("", "bytes=20000-");
        assertThat(pauses).containsExactly(Duration.ofSeconds(1));
    }

    @Test
    void pull_brokenOffForGood_isGoneOnWithByTheNextOne() throws Exception {
        hub.fault(DATA, StubHub.endAfter(20_000), StubHub.status(503), StubHub.status(503));

        assertFails().hasMessageContainingAll(DATA, "HTTP 503", "after 3 attempts", "is kept");
        assertThat(models.resolve(NAME)).doesNotExist();
        int requests = hub.requests().size();
        pull();

        assertThat(models.resolve(NAME).resolve(DATA)).hasBinaryContent(weights);
        assertThat(hub.requests().subList(requests, hub.requests().size()))
                .extracting(StubHub.Request::path, StubHub.Request::range)
                .containsExactly(tuple("", ""), tuple(DATA, "bytes=20000-"));
        assertThat(content()).noneMatch(file -> file.contains("pulling"));
    }

    @Test
    void pull_interrupted_isGoneOnWithByTheNextOne() throws Exception {
        var sent = new CountDownLatch(1);
        var end = new CountDownLatch(1);
        hub.fault(DATA, (exchange, content) -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, 20_000);
            exchange.getResponseBody().flush();
            sent.countDown();
            awaitEnd(end);
        });
        Process process = command("model", "pull", StubHub.REPOSITORY);
        sent.await();
        Path parts = models.resolve("." + NAME + ".pulling/parts");
        while (bytesIn(parts) < 20_000) {
            Thread.onSpinWait();
        }
        assertThat(new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
        assertThat(process.waitFor()).isEqualTo(130);
        end.countDown();
        assertThat(models.resolve(NAME)).doesNotExist();

        pull();

        assertThat(models.resolve(NAME).resolve(DATA)).hasBinaryContent(weights);
        assertThat(ranges(DATA)).containsExactly("", "bytes=20000-");
        assertThat(content()).noneMatch(file -> file.contains("pulling"));
    }

    /** A command as a process of its own, whose data folder is the one above the models. */
    private Process command(String... arguments) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.siskin.cli.Siskin"));
        command.addAll(List.of(arguments));
        var builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("SISKIN_DATA", data.toString());
        builder.environment().put(HubClient.BASE.env(), hub.address().toString());
        return builder.start();
    }

    private static long bytesIn(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        long bytes = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                bytes += Files.exists(file) ? Files.size(file) : 0;
            }
        }
        return bytes;
    }

    private static void awaitEnd(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void pull_ofWhatChangedMeanwhile_takesNothingOfTheOld() throws Exception {
        hub.fault(DATA, StubHub.endAfter(20_000), StubHub.status(503), StubHub.status(503));
        assertFails();
        byte[] newer = SmallGraphs.whole(50_000, 4);
        hub.with(DATA, newer).with("config.json", "{\"model_type\":\"llama\",\"vocab_size\":200}");

        assertThat(pull().vocabularyTokens()).hasValue(200);

        assertThat(models.resolve(NAME).resolve(DATA)).hasBinaryContent(newer);
        assertThat(ranges(DATA)).endsWith("");
    }

    @Test
    void pull_hubThatKnowsNoRanges_beginsAnew() throws Exception {
        Fault whole = (exchange, content) -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
        };
        hub.fault(DATA, StubHub.endAfter(20_000), whole);

        pull();

        assertThat(models.resolve(NAME).resolve(DATA)).hasBinaryContent(weights);
    }

    @Test
    void pull_hubThatSendsAnotherRange_isAskedAgain() throws Exception {
        Fault other = (exchange, content) -> {
            exchange.getResponseHeaders().set("Content-Range", "bytes 0-9/50000");
            exchange.sendResponseHeaders(206, 10);
            exchange.getResponseBody().write(content, 0, 10);
        };
        hub.fault(DATA, StubHub.endAfter(20_000), other);

        pull();

        assertThat(models.resolve(NAME).resolve(DATA)).hasBinaryContent(weights);
        assertThat(ranges(DATA)).containsExactly("", "bytes=20000-", "bytes=20000-");
    }

    @Test
    void pull_silentHub_isLeftAndAskedAgain() throws Exception {
        var end = new CountDownLatch(1);
        Fault silent = (exchange, content) -> {
            StubHub.cutAfter(20_000).answer(exchange, content);
            awaitEnd(end);
        };
        hub.fault(DATA, silent);
        silence = Duration.ofMillis(500);

        pull();
        end.countDown();

        assertThat(models.resolve(NAME).resolve(DATA)).hasBinaryContent(weights);
        assertThat(ranges(DATA)).hasSizeGreaterThan(1);
    }

    @Test
    void pull_wrongContent_isThrownAway() throws Exception {
        byte[] wrong = weights.clone();
        wrong[30_000] ^= 1;
        hub.fault(DATA, (exchange, content) -> {
            exchange.sendResponseHeaders(200, wrong.length);
            exchange.getResponseBody().write(wrong);
        });

        assertFails().hasMessageContainingAll(DATA, "its checksum is");
        assertThat(models.resolve(NAME)).doesNotExist();
        pull();

        assertThat(models.resolve(NAME).resolve(DATA)).hasBinaryContent(weights);
        assertThat(ranges(DATA)).containsExactly("", "");
    }

    @Test
    void pull_moreThanListed_isRefused() {
        hub.fault(GRAPH, (exchange, content) -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(Arrays.copyOf(content, content.length + 1));
        });

        assertFails().hasMessageContainingAll(GRAPH, "is larger than the hub lists");
    }

    @Test
    void pull_busyHub_isAskedAgainWhenItSays() throws Exception {
        Fault busy = (exchange, content) -> {
            exchange.getResponseHeaders().set("Retry-After", "7");
            exchange.sendResponseHeaders(429, -1);
        };
        hub.fault("", busy, StubHub.status(500));

        pull();

        assertThat(pauses).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(2));
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void pull_notForUs_namesTheTokenOnce(int status) {
        hub.fault("", StubHub.status(status));

        assertFails().hasMessageContainingAll("acme/Model-1", "HTTP " + status, "a token in SISKIN_MODELS_TOKEN");
        assertThat(pauses).isEmpty();
    }

    @Test
    void pull_unknown_isNamed() {
        hub.fault("", StubHub.status(404));

        assertFails().hasMessageContainingAll(hub.address() + " has no acme/Model-1", "HTTP 404");
    }

    @Test
    void pull_nobodyThere_isNamed() {
        hub.close();

        assertFails().hasMessageContaining("no connection to " + hub.address().getAuthority());
    }

    @Test
    void pull_pageThatIsNoListing_isNamed() {
        hub.fault("", (exchange, content) -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("<html>".getBytes(StandardCharsets.UTF_8));
        });

        assertFails().hasMessageContaining("is no listing of files").message().hasLineCount(1);
    }

    @Test
    void redirect_onTheSameHost_isFollowed_withTheToken() throws Exception {
        token = "secret-token";
        hub.fault(GRAPH, StubHub.redirect("/elsewhere"));
        hub.elsewhere("/elsewhere", SmallGraphs.external("model_q4.onnx_data", weights.length));

        pull();

        assertThat(models.resolve(NAME).resolve(GRAPH)).exists();
        assertThat(hub.requests("/elsewhere"))
                .extracting(StubHub.Request::authorization)
                .containsExactly("Bearer secret-token");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://localhost:1/x", "http://127.0.0.1:1/x", "file:///etc/passwd", "//host/x", "http://[x"})
    void redirect_toAnotherHostWithoutHttps_isRefused(String location) {
        hub.fault(GRAPH, StubHub.redirect(location));

        assertFails().hasMessageContaining("is redirected to");
    }

    @Test
    void redirect_withoutEnd_isGivenUp() {
        hub.fault(
                GRAPH,
                IntStream.range(0, 20)
                        .mapToObj(hop -> StubHub.redirect("/acme/Model-1/resolve/main/" + GRAPH))
                        .toArray(Fault[]::new));

        assertFails().hasMessageContaining("redirected more than 5 times");
    }

    @Test
    void token_goesToItsOwnHostAlone() throws Exception {
        token = "secret-token";
        pull();
        assertThat(hub.requests()).extracting(StubHub.Request::authorization).containsOnly("Bearer secret-token");

        try (StubHub other = new StubHub()) {
            fillAnother(other);
            pull("other", ModelSource.of(other.address() + "/" + StubHub.REPOSITORY, hub.address(), ""), List.of());
            assertThat(other.requests())
                    .extracting(StubHub.Request::authorization)
                    .containsOnly("");
        }
    }

    private void fillAnother(StubHub other) {
        other.with("config.json", "{}").with("tokenizer.json", "{}").with("model.onnx", SmallGraphs.whole(10, 1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../config.json", "/etc/config.json", "onnx/../../model.onnx", "a//b", "a\\b", "x\u0007", "."})
    void listing_thatLeadsOut_isRefusedWhole(String path) {
        hub.with(path, "{}");

        assertFails().hasMessageContaining("leads out of the model's folder");
        assertThat(hub.requests()).extracting(StubHub.Request::path).containsOnly("");
    }

    @Test
    void disk_withoutRoom_isSaidBeforeAnythingIsPulled() {
        free = 40_000;

        assertFails().hasMessageContainingAll("has 39 KiB free", "48 KiB are needed");
        assertThat(hub.requests()).extracting(StubHub.Request::path).containsOnly("");
    }

    @Test
    void model_inAFolderOfARepository_isNamedWithIt() throws Exception {
        hub.close();
        hub = new StubHub()
                .with("README.md", "two kinds")
                .with(
                        "cpu/int4/genai_config.json",
                        "{\"model\":{\"type\":\"phi3\",\"decoder\":{\"filename\":\"m.onnx\"}}}")
                .with("cpu/int4/tokenizer.json", "{}")
                .with("cpu/int4/m.onnx", SmallGraphs.whole(10, 1))
                .with("gpu/fp16/genai_config.json", "{}");

        assertFails().hasMessageContainingAll("acme/Model-1/cpu/int4", "acme/Model-1/gpu/fp16");
        GeneratorFolder pulled = pull(NAME, ModelSource.of("acme/Model-1/cpu/int4", hub.address(), ""), List.of());

        assertThat(pulled.architecture()).isEqualTo("phi3");
        assertThat(content()).contains(NAME + "/m.onnx");
    }

    private GeneratorFolder pull(String... patterns) {
        return pull(NAME, ModelSource.of(StubHub.REPOSITORY, hub.address(), ""), List.of(patterns));
    }

    private GeneratorFolder pull(String name, ModelSource source, List<String> patterns) {
        var nowhere = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        var terminal = new Terminal(nowhere, nowhere, 80, false, false);
        var patience = new Patience(LONG, LONG, silence, 3, pauses::add);
        try (var client = new HubClient(hub.address(), token, patience);
                ModelStore store = ModelStore.claim(models, name)) {
            return new ModelPull(client, terminal, true, folder -> free).into(store, source, patterns);
        }
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertFails(String... patterns) {
        return assertThatThrownBy(() -> pull(patterns)).isInstanceOf(CommandFailure.class);
    }

    private List<String> ranges(String path) {
        return hub.requests(path).stream().map(StubHub.Request::range).toList();
    }

    private List<String> content() throws IOException {
        try (Stream<Path> files = Files.walk(models)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> models.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }
}
