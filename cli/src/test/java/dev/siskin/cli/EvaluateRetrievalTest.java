package dev.siskin.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.siskin.api.CollectionInfo;
import dev.siskin.api.DocumentHashes;
import dev.siskin.api.DocumentIds;
import dev.siskin.api.Hit;
import dev.siskin.api.Json;
import dev.siskin.api.Quantization;
import dev.siskin.api.SearchMode;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.SearchResponse;
import dev.siskin.auth.Scope;
import dev.siskin.cli.Invocations.Outcome;
import dev.siskin.cli.process.Stack;
import dev.siskin.http.ContentKind;
import dev.siskin.http.HttpHost;
import dev.siskin.http.HttpSettings;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code siskin evaluate retrieval} against a service that ranks as the test says, over HTTP. */
class EvaluateRetrievalTest {
    private static final String PREFIX = "beir/corpus.jsonl/";
    private static final SearchResponse.Timings TIMINGS = new SearchResponse.Timings(1, 1, 2);

    @TempDir
    Path folder;

    private final Queue<SearchRequest> searched = new ConcurrentLinkedQueue<>();

    /** Ranking by collection and query, documents without prefix; else {@code a b c d}. */
    private final Map<String, List<String>> rankings = new HashMap<>();

    private final AtomicInteger busyAnswers = new AtomicInteger();
    private final AtomicInteger generation = new AtomicInteger(7);
    private int writesBetweenSearches;
    private List<String> stored = List.of("a", "b", "c", "d");
    private long retryAfterSeconds;
    private SearchResponse.@Nullable Degraded degraded;
    private Path keys = Path.of("");
    private @Nullable HttpHost host;
    private Path beir = Path.of("");

    @BeforeEach
    void layOut() throws Exception {
        beir = Files.createDirectories(folder.resolve("beir"));
        Files.createDirectory(beir.resolve("qrels"));
        Files.writeString(beir.resolve("corpus.jsonl"), "{\"_id\":\"a\",\"text\":\"A\"}\n");
        Files.writeString(beir.resolve("queries.jsonl"), """
                {"_id":"q1","text":"first"}
                {"_id":"q2","text":"second"}
                {"_id":"q3","text":"not judged"}
                """);
        qrels("q1\ta\t1\nq1\tb\t1\nq2\tc\t1\nq2\td\t0\n");
    }

    @AfterEach
    void stop() {
        if (host != null) {
            host.close();
        }
    }

    @Test
    void figures_areTheMeansOverTheJudgedQueries() throws Exception {
        rankings.put("papers first", List.of("x", "a", "b"));
        rankings.put("papers second", List.of("c"));

        JsonNode evaluation = json(run("--json", "--k", "1,3")).path("evaluation");

        assertThat(evaluation.path("modes")).hasSize(3);
        JsonNode keyword = evaluation.path("modes").get(0);
        assertThat(keyword.path("mode").asText()).isEqualTo("keyword");
        assertThat(keyword.path("queries").asInt()).isEqualTo(2);
        assertThat(keyword.path("metrics").findValuesAsText("metric"))
                .containsExactly("nDCG@10", "recall@1", "recall@3", "MRR@10");
        // first: (1/log2(3) + 1/2) / (1 + 1/log2(3)); second: 1
        double ndcg = ((0.63093 + 0.5) / 1.63093 + 1) / 2;
        assertThat(mean(keyword, "nDCG@10")).isCloseTo(ndcg, within(1e-4));
        assertThat(mean(keyword, "recall@1")).isEqualTo(0.5);
        assertThat(mean(keyword, "recall@3")).isEqualTo(1);
        assertThat(mean(keyword, "MRR@10")).isEqualTo(0.75);
        JsonNode interval = keyword.path("metrics").get(0);
        assertThat(interval.path("low").asDouble()).isCloseTo(2 * ndcg - 1, within(1e-4));
        assertThat(interval.path("high").asDouble()).isEqualTo(1);
        assertThat(evaluation.path("judgments").path("queries").asInt()).isEqualTo(2);
        assertThat(evaluation.path("judgments").path("documents").asInt()).isEqualTo(4);
    }

    @Test
    void table_namesWhatWasMeasured() {
        Outcome outcome = run("--mode", "keyword");

        assertThat(outcome.status()).isZero();
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.out())
                .contains("beir, split test: 2 queries, 4 judged documents")
                .contains("collection papers: 4 documents, bge-small-en-v1.5, int4, generation 7")
                .containsPattern("mode +metric +mean +95 % interval")
                .containsPattern("keyword +nDCG@10 +0\\.\\d{4} +0\\.\\d{4} to 1\\.0000")
                .contains("recall@10", "recall@100", "MRR@10")
                .doesNotContain("vector");
    }

    @Test
    void requests_askForOneChunkOfADocumentAndNoTexts() {
        assertThat(run("--mode", "vector", "--mode", "hybrid", "--k", "50").status())
                .isZero();

        assertThat(searched).hasSize(4).allSatisfy(request -> {
            assertThat(request.k()).isEqualTo(50);
            assertThat(request.maxPerDocument()).isEqualTo(1);
            assertThat(request.include()).isEmpty();
            assertThat(request.deadlineMs()).isGreaterThanOrEqualTo(30_000);
        });
        assertThat(searched).extracting(SearchRequest::mode).containsOnly(SearchMode.VECTOR, SearchMode.HYBRID);
    }

    @Test
    void sourceName_isTheFirstPartOfTheIds() {
        Outcome outcome = run("--source-name", "other");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("such as other/corpus.jsonl/a", "--source-name");
    }

    @Test
    void noJudgedDocumentStored_namesTheIndexCommand() {
        stored = List.of();

        Outcome outcome = run();

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err())
                .hasLineCount(1)
                .contains(
                        "collection papers holds none of the 4 judged documents",
                        "./siskin index --format jsonl " + beir.resolve("corpus.jsonl") + " --collection papers");
        assertThat(searched).isEmpty();
    }

    @Test
    void someJudgedDocumentsMissing_areCounted() throws Exception {
        stored = List.of("a", "b", "c");

        Outcome outcome = run("--json");

        assertThat(outcome.status()).isZero();
        assertThat(outcome.err()).contains("warning: 1 of 4 judged documents are not in collection papers");
        assertThat(json(outcome)
                        .path("evaluation")
                        .path("collection")
                        .path("missing")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void queryWithoutRelevantDocument_isLeftOutAndCounted() throws Exception {
        qrels("q1\ta\t1\nq2\tc\t0\n");

        Outcome outcome = run("--json");

        assertThat(outcome.err()).contains("warning: 1 judged query left out");
        assertThat(json(outcome)
                        .path("evaluation")
                        .path("judgments")
                        .path("queries")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void nothingFound_countsAsZeroAndIsSaid() throws Exception {
        rankings.put("papers first", List.of());
        rankings.put("papers second", List.of());

        Outcome outcome = run("--json", "--mode", "keyword");

        assertThat(outcome.status()).isZero();
        assertThat(outcome.err()).contains("papers, keyword: nothing found for 2 of 2 queries");
        assertThat(mean(json(outcome).path("evaluation").path("modes").get(0), "nDCG@10"))
                .isZero();
    }

    @Test
    void degradedAnswers_areLeftOutCountedAndFail() throws Exception {
        degraded = new SearchResponse.Degraded("keyword", "embedder");
        Path file = folder.resolve("saved.json");

        Outcome outcome = run("--json", "--save", file.toString());

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err())
                .contains(
                        "papers, vector: 1 of 2 answers degraded, keyword because of embedder",
                        "the figures leave them out, and are not saved");
        assertThat(file).doesNotExist();
        JsonNode modes = json(outcome).path("evaluation").path("modes");
        assertThat(modes.get(0).path("queries").asInt()).isEqualTo(2);
        assertThat(modes.get(1).path("queries").asInt()).isEqualTo(1);
        assertThat(mean(modes.get(1), "MRR@10")).isCloseTo(1.0 / 3, within(1e-9));
    }

    @Test
    void allAnswersDegraded_haveNoMean() throws Exception {
        qrels("q1\ta\t1\n");
        degraded = new SearchResponse.Degraded("keyword", "embedder");

        Outcome outcome = run("--mode", "vector", "--json");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(json(outcome).path("evaluation").path("modes").get(0).path("metrics"))
                .isEmpty();
    }

    @Test
    void busyService_isAskedAgain() {
        busyAnswers.set(3);

        Outcome outcome = run("--mode", "keyword");

        assertThat(outcome.status()).isZero();
        assertThat(busyAnswers).hasNegativeValue();
        assertThat(searched).hasSize(2);
    }

    @Test
    void busyServiceThatAsksForTooLong_isGivenUp() {
        busyAnswers.set(Integer.MAX_VALUE);
        retryAfterSeconds = 3600;

        Outcome outcome = run();

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err())
                .hasLineCount(1)
                .contains("given up, the service is busy: the queue is full", "3600 s", "--concurrency");
    }

    @Test
    void collectionWrittenToMeanwhile_isSaid() {
        writesBetweenSearches = 1;

        Outcome outcome = run("--mode", "keyword");

        assertThat(outcome.status()).isZero();
        assertThat(outcome.err()).contains("warning: collection papers was written to meanwhile, generations 7 to 8");
    }

    @Test
    void unknownCollection_namesTheIndexCommand() {
        Outcome outcome = run("-c", "unknown");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err())
                .isEqualTo("siskin: no collection has this name: collection=unknown; index it first: "
                        + "./siskin index --format jsonl %s --collection unknown\n"
                                .formatted(beir.resolve("corpus.jsonl")));
    }

    @Test
    void refusedQuery_isNamed() throws Exception {
        Files.writeString(beir.resolve("queries.jsonl"), "{\"_id\":\"q1\",\"text\":\"refused\"}\n");
        qrels("q1\ta\t1\n");

        Outcome outcome = run();

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).isEqualTo("siskin: query q1, 'refused': query may have at most 3 characters\n");
    }

    @Test
    void serviceAway_namesAddressAndRemedy() {
        String nobody = "http://127.0.0.1:" + Stack.freePort();

        Outcome outcome = Invocations.run(
                folder, Map.of("SISKIN_RETRIEVAL_URL", nobody), "evaluate", "retrieval", "--corpus", beir.toString());

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains(nobody, "./siskin status").hasLineCount(1);
    }

    @Test
    void keyFile_needsKey() {
        keys = folder.resolve("keys.json");
        Outcome created = Invocations.run(folder, Map.of(), "keys", "create", "--data", folder.toString());

        Outcome refused = run();
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("SISKIN_KEY", "./siskin keys create").hasLineCount(1);

        assertThat(run("--key", created.out().strip()).status()).isZero();
    }

    @Test
    void malformedFile_isNamedWithItsLine() throws Exception {
        qrels("q9\ta\t1\n");

        Outcome outcome = run();

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err())
                .isEqualTo(
                        "siskin: %s:2: no such query in queries.jsonl: q9\n".formatted(beir.resolve("qrels/test.tsv")));
    }

    @Test
    void missingCorpus_isNamed() throws Exception {
        Files.delete(beir.resolve("corpus.jsonl"));

        assertThat(run().err()).isEqualTo("siskin: no such file: " + beir.resolve("corpus.jsonl") + "\n");
    }

    @Test
    void baseline_noLoss_passes() throws Exception {
        Path file = folder.resolve("saved.json");
        rankings.put("papers second", List.of("x", "c"));
        assertThat(run("--save", file.toString()).status()).isZero();
        rankings.put("papers second", List.of("c"));

        Outcome outcome = run("--baseline", file.toString());

        assertThat(outcome.status()).isZero();
        // 1 - 1/log2(3) of one query of two
        assertThat(outcome.out())
                .contains("against " + file)
                .containsPattern("keyword +nDCG@10 +0\\.8155 +1\\.0000 +\\+0\\.1845 +\\+0\\.0000 to \\+0\\.3691 +1 +0");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.filter(path -> path.toString().endsWith(".part"))).isEmpty();
        }
    }

    @Test
    void baseline_lossAboveTheBound_failsWithItsOwnStatus() throws Exception {
        Path file = folder.resolve("saved.json");
        rankings.put("papers second", List.of("c"));
        assertThat(run("--save", file.toString()).status()).isZero();
        rankings.put("papers second", List.of("x", "c"));

        Outcome outcome = run("--baseline", file.toString(), "--json");
        assertThat(outcome.status()).isEqualTo(4);
        assertThat(outcome.err())
                .isEqualTo(
                        "siskin: nDCG@10 has fallen by more than 0.01: keyword -0.1845, vector -0.1845, hybrid -0.1845\n");
        JsonNode comparison = json(outcome).path("comparison");
        assertThat(comparison.path("passed").asBoolean(true)).isFalse();
        JsonNode ndcg = comparison.path("modes").get(0).path("metrics").get(0);
        assertThat(ndcg.path("difference").asDouble()).isCloseTo(-0.1845, within(1e-4));
        assertThat(ndcg.path("worse").asInt()).isEqualTo(1);

        assertThat(run("--baseline", file.toString(), "--max-loss", "0.2").status())
                .isZero();
    }

    @Test
    void baselineCollection_isMeasuredInTheSameRun() {
        rankings.put("papers second", List.of("x", "c"));
        rankings.put("other second", List.of("c"));

        Outcome worse = run("--baseline-collection", "other", "--mode", "vector");
        assertThat(worse.status()).isEqualTo(4);
        assertThat(worse.out())
                .contains("collection other: 4 documents", "collection papers: 4 documents", "against collection other")
                .containsPattern("vector +nDCG@10 +1\\.0000 +0\\.8155 +-0\\.1845");

        rankings.put("papers second", List.of("c"));
        assertThat(run("--baseline-collection", "other").status()).isZero();
    }

    @Test
    void baseline_ofOtherJudgmentsSplitOrCorpus_isRefusedBeforeAnythingIsAsked() throws Exception {
        Path file = folder.resolve("saved.json");
        assertThat(run("--save", file.toString(), "--mode", "keyword").status()).isZero();
        searched.clear();

        assertRefused(file, "has no mode vector, hybrid; choose with --mode of: keyword");
        qrels("q1\ta\t1\n");
        assertRefused(file, "measured with other queries or judgments (2 queries, now 1)", "--mode", "keyword");
        Files.move(beir.resolve("qrels/test.tsv"), beir.resolve("qrels/dev.tsv"));
        assertRefused(file, "measured with split test, not dev", "--mode", "keyword", "--split", "dev");
        Files.move(beir.resolve("qrels/dev.tsv"), beir.resolve("qrels/test.tsv"));
        Files.writeString(beir.resolve("corpus.jsonl"), "{\"_id\":\"a\",\"text\":\"B\"}\n");
        assertRefused(file, "measured with another corpus (beir) than beir", "--mode", "keyword");
        assertThat(searched).isEmpty();
    }

    @Test
    void baseline_thatIsNoEvaluation_isRefused() throws Exception {
        Path file = folder.resolve("saved.json");
        assertRefused(file, "no such file: " + file);
        Files.writeString(file, "{\"format\":");
        assertRefused(file, "malformed JSON");
        Files.writeString(file, "{\"figures\":1}");
        assertRefused(file, "is not an evaluation");

        assertThat(run("--save", file.toString()).status()).isZero();
        ObjectNode saved = (ObjectNode) Json.MAPPER.readTree(file.toFile());
        Files.writeString(file, saved.deepCopy().put("version", 2).toString());
        assertRefused(file, "is of version 2, this siskin reads 1");
        ObjectNode withoutIds = saved.deepCopy();
        withoutIds.remove("query_ids");
        Files.writeString(file, withoutIds.toString());
        assertRefused(file, "query_ids");
        ObjectNode fewer = saved.deepCopy();
        fewer.putArray("query_ids").add("q1");
        Files.writeString(file, fewer.toString());
        assertRefused(file, "there must be a value a query");
    }

    @Test
    void save_holdsTheValuesOfEachQuery() throws Exception {
        Path file = folder.resolve("saved.json");
        rankings.put("papers second", List.of("x", "c"));

        assertThat(run("--save", file.toString()).status()).isZero();

        JsonNode saved = Json.MAPPER.readTree(file.toFile());
        assertThat(saved.fieldNames().next()).isEqualTo("format");
        assertThat(saved.path("version").asInt()).isEqualTo(1);
        assertThat(saved.path("query_ids").valueStream().map(JsonNode::asText)).containsExactly("q1", "q2");
        JsonNode mrr = saved.path("modes").get(2).path("metrics").get(3);
        assertThat(mrr.path("metric").asText()).isEqualTo("MRR@10");
        assertThat(mrr.path("values").valueStream().map(JsonNode::asDouble)).containsExactly(1.0, 0.5);
    }

    @Test
    void save_whereNothingCanBeWritten_isRefusedFirst() {
        Outcome outcome = run("--save", folder.resolve("nowhere/saved.json").toString());

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("cannot be written: ").hasLineCount(1);
        assertThat(searched).isEmpty();
    }

    @Test
    void save_toTheBaseline_isRefused() {
        String file = folder.resolve("saved.json").toString();
        assertThat(run("--save", file).status()).isZero();

        Outcome outcome = run("--baseline", file, "--save", file);

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.err()).contains("--save must not name the file of --baseline");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--k 0",
                "--k 1001",
                "--k ten",
                "--mode loud",
                "--concurrency 0",
                "--concurrency 65",
                "--max-loss 0.1",
                "--max-loss -1 --baseline-collection other",
                "--baseline a.json --baseline-collection other",
                "--baseline-collection papers"
            })
    void wrongUsage_isOneLineAndStatus2(String options) {
        Outcome outcome = run(options.split(" ", -1));

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.err()).hasLineCount(1).contains("--help");
    }

    @Test
    void interrupted_endsAtOnceAndSavesNothing() throws Exception {
        var asked = new CountDownLatch(1);
        var released = new CountDownLatch(1);
        Path file = folder.resolve("saved.json");
        HttpHost silent = host(asked::countDown, released);
        host = silent;
        Process process = null;
        try {
            var command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Siskin.class.getName()));
            command.addAll(arguments("--save", file.toString()));
            var builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("SISKIN_RETRIEVAL_URL", "http://127.0.0.1:" + silent.port());
            process = builder.start();
            assertThat(asked.await(1, TimeUnit.MINUTES)).isTrue();

            new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                    .start()
                    .waitFor();

            assertThat(process.waitFor(Duration.ofMinutes(1))).isTrue();
            assertThat(process.exitValue()).isEqualTo(130);
            assertThat(file).doesNotExist();
        } finally {
            released.countDown();
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }

    private void assertRefused(Path baseline, String complaint, String... options) {
        var arguments = new ArrayList<>(List.of("--baseline", baseline.toString()));
        arguments.addAll(List.of(options));

        Outcome outcome = run(arguments.toArray(String[]::new));

        assertThat(outcome.status()).as(complaint).isEqualTo(1);
        assertThat(outcome.err()).hasLineCount(1).contains(complaint);
    }

    private static double mean(JsonNode mode, String metric) {
        return mode.path("metrics")
                .valueStream()
                .filter(result -> result.path("metric").asText().equals(metric))
                .findFirst()
                .orElseThrow()
                .path("mean")
                .asDouble();
    }

    private static JsonNode json(Outcome outcome) throws Exception {
        return Json.MAPPER.readTree(outcome.out());
    }

    private void qrels(String lines) throws Exception {
        Files.writeString(beir.resolve("qrels/test.tsv"), "query-id\tcorpus-id\tscore\n" + lines);
    }

    private List<String> arguments(String... options) {
        var arguments = new ArrayList<>(List.of("evaluate", "retrieval", "--corpus", beir.toString(), "--quiet"));
        arguments.addAll(List.of(options));
        if (!arguments.contains("-c")) {
            arguments.addAll(List.of("-c", "papers"));
        }
        return arguments;
    }

    private Outcome run(String... options) {
        if (host == null) {
            host = host(() -> {}, new CountDownLatch(0));
        }
        return Invocations.run(
                folder,
                Map.of("SISKIN_RETRIEVAL_URL", "http://127.0.0.1:" + host.port()),
                arguments(options).toArray(String[]::new));
    }

    /**
     * Starts the service.
     *
     * @param searching is run by each search
     * @param released each search waits for it
     */
    private HttpHost host(Runnable searching, CountDownLatch released) {
        HttpSettings settings = HttpSettings.declare("test", 0)
                .read(Settings.of(Map.of("test.http.port", "0", "test.keys.file", keys.toString())));
        String collection = "/v1/collections/{name}";
        return HttpHost.named("test-service", settings)
                .get(collection, Scope.QUERY, (context, caller) -> {
                    String name = context.pathParam("name");
                    if (name.startsWith("un")) {
                        throw Problem.notFound("no collection has this name: collection=" + name);
                    }
                    context.json(info(name));
                })
                .post(collection + "/documents/status", Scope.QUERY, 10_000, ContentKind.JSON, (context, caller) -> {
                    var hashes = new HashMap<String, @Nullable String>();
                    for (String id : JsonBody.read(context, DocumentIds.class).ids()) {
                        boolean isStored = id.startsWith(PREFIX) && stored.contains(id.substring(PREFIX.length()));
                        hashes.put(id, isStored ? "hash" : null);
                    }
                    context.json(new DocumentHashes(hashes));
                })
                .post(collection + "/search", Scope.QUERY, 10_000, ContentKind.JSON, (context, caller) -> {
                    searching.run();
                    released.await();
                    SearchRequest request = JsonBody.read(context, SearchRequest.class);
                    context.json(search(context.pathParam("name"), request));
                })
                .start();
    }

    private SearchResponse search(String collection, SearchRequest request) {
        if (busyAnswers.getAndDecrement() > 0) {
            throw busyAnswers.get() % 2 == 0
                    ? Problem.unavailable("the queue is full", retryAfterSeconds)
                    : Problem.tooManyRequests("the queue is full", retryAfterSeconds);
        }
        String query = String.valueOf(request.query());
        if (query.equals("refused")) {
            throw Problem.badRequest("query may have at most 3 characters");
        }
        searched.add(request);
        List<Hit> hits = rankings.getOrDefault(collection + " " + query, List.of("a", "b", "c", "d")).stream()
                .map(id -> hit(PREFIX + id))
                .toList();
        boolean fallsShort = request.mode() != SearchMode.KEYWORD && query.equals("first");
        return new SearchResponse(
                hits,
                generation.getAndAdd(writesBetweenSearches),
                "bge-small-en-v1.5",
                fallsShort ? degraded : null,
                TIMINGS);
    }

    private static CollectionInfo info(String name) {
        return new CollectionInfo(
                name, "bge-small-en-v1.5", Quantization.INT4, "en", 4, 4, 0, 1, 7, "bge", 384, null, null, null, null);
    }

    private static Hit hit(String id) {
        return new Hit(
                id,
                0,
                1,
                new Hit.Scores(null, 1.0, null),
                new Hit.Ranks(null, 1),
                null,
                null,
                null,
                null,
                null,
                null,
                0,
                1,
                null,
                List.of());
    }
}
