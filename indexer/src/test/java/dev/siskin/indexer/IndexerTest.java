package dev.siskin.indexer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.Json;
import dev.siskin.embedding.Embedder;
import dev.siskin.embedding.EmbedderSettings;
import dev.siskin.embedding.ModelDirectory;
import dev.siskin.http.Problem;
import dev.siskin.indexer.progress.StopSignal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The whole command, with the real model, against a server in this process. */
class IndexerTest {
    private static final String MODEL = "all-minilm-l6-v2";
    private static final int DIMENSIONS = 384;
    private static final int USAGE = 2;
    private static String fingerprint = "";

    @TempDir
    Path folder;

    private Path docs = Path.of("");
    private String address = "";
    private CollectionServer server = CollectionServer.start("none yet", DIMENSIONS);
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private StopSignal stop = new StopSignal();
    private final Map<String, String> environment = new HashMap<>();

    private static String models() {
        return Objects.requireNonNull(System.getProperty("siskin.models"), "run the tests with Maven");
    }

    @BeforeAll
    static void takeFingerprint() {
        try (Embedder embedder =
                Embedder.open(ModelDirectory.open(Path.of(models(), MODEL)), new EmbedderSettings(1, 1))) {
            fingerprint = embedder.fingerprint().id();
        }
    }

    @BeforeEach
    void makeDocuments() throws Exception {
        server.close();
        server = CollectionServer.start(fingerprint, DIMENSIONS);
        address = server.address().toString();
        environment.put("SISKIN_EMBEDDING_MODELS_PATH", models());
        docs = Files.createDirectories(folder.resolve("docs"));
        write("guide.md", "# Guide\n\n## Batching\n\nThe queue is bounded by `max_queue_depth`.\n");
        write("notes.txt", "Remember the milk.\n");
    }

    @AfterEach
    void close() {
        server.close();
    }

    private void write(String path, String text) throws Exception {
        Files.createDirectories(docs.resolve(path).getParent());
        Files.writeString(docs.resolve(path), text);
    }

    private int run(String... more) {
        out.reset();
        err.reset();
        var arguments =
                new ArrayList<>(List.of(docs.toString(), "-c", "docs", "--url", address, "--model", MODEL, "--quiet"));
        arguments.addAll(List.of(more));
        return Indexer.commandLine(
                        environment, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), stop)
                .execute(arguments.toArray(String[]::new));
    }

    private JsonNode report(int expectedStatus) throws Exception {
        int status = run("--json");
        assertThat(status).as(err.toString(UTF_8)).isEqualTo(expectedStatus);
        return Json.MAPPER.readTree(out.toString(UTF_8));
    }

    /** What a later run prints, which knows nothing of the stop of an earlier one. */
    private String outputOfNewRun() {
        stop = new StopSignal();
        assertThat(run("--json")).isZero();
        return out.toString(UTF_8);
    }

    private Document stored(String id) {
        return Objects.requireNonNull(server.documents("docs").get(id), id);
    }

    @Test
    void run_createsTheCollection_andStoresDocumentsWithVectors() throws Exception {
        JsonNode report = report(0);

        assertThat(report.get("added").asInt()).isEqualTo(2);
        assertThat(server.collection("docs"))
                .hasValueSatisfying(spec -> assertThat(spec.embeddingModel()).isEqualTo(MODEL));
        Document guide = stored("docs/guide.md");
        assertThat(guide.title()).isEqualTo("Guide");
        assertThat(guide.uri())
                .isEqualTo(docs.toRealPath().resolve("guide.md").toUri().toString());
        assertThat(guide.metadata())
                .isEqualTo(
                        Map.of("source", "docs", "path", "guide.md", "extension", "md", "mime_type", "text/markdown"));
        Chunk chunk = Objects.requireNonNull(guide.chunks()).getFirst();
        assertThat(chunk.context()).isEqualTo("Guide > Batching");
        assertThat(chunk.text())
                .isEqualTo(Files.readString(docs.resolve("guide.md")).substring(chunk.start(), chunk.end()));
        assertThat(chunk.vector()).hasSize(DIMENSIONS);
    }

    @Test
    void secondRun_sendsOnlyWhatChanged() throws Exception {
        report(0);
        write("notes.txt", "Remember the bread.\n");
        write("new.md", "# New\n\nText.\n");

        JsonNode report = report(0);

        assertThat(report.get("added").asInt()).isEqualTo(1);
        assertThat(report.get("replaced").asInt()).isEqualTo(1);
        assertThat(report.get("unchanged").asInt()).isEqualTo(1);
        assertThat(Objects.requireNonNull(stored("docs/notes.txt").chunks())
                        .getFirst()
                        .text())
                .isEqualTo("Remember the bread.");
        assertThat(report(0).get("unchanged").asInt()).isEqualTo(3);
    }

    @Test
    void settings_thatShapeChunks_makeDocumentsChange() throws Exception {
        report(0);
        environment.put("SISKIN_INDEXER_CHUNK_TOKENS", "100");

        assertThat(report(0).get("replaced").asInt()).isEqualTo(2);
    }

    @Test
    void settings_withAnUnknownName_endTheRun() throws Exception {
        Path file = Files.writeString(folder.resolve("siskin.properties"), "indexer.chunk.token=100\n");
        environment.put("SISKIN_CONFIG", file.toString());

        assertThat(run()).isEqualTo(Indexer.FAILED);
        assertThat(err.toString(UTF_8)).contains("indexer.chunk.token'", "indexer.chunk.tokens");
    }

    @Test
    void file_thatCannotBeRead_isNamedWithReasonAndRemedy_andTheRestIsIndexed() throws Exception {
        write("empty.md", "");

        JsonNode report = report(Indexer.SOME_FAILED);

        assertThat(report.get("added").asInt()).isEqualTo(2);
        JsonNode failure = report.get("failures").get(0);
        assertThat(failure.get("document").asText()).isEqualTo("docs/empty.md");
        assertThat(failure.get("reason").asText()).isEqualTo("is empty");
        assertThat(failure.get("remedy").asText()).isNotBlank();
        assertThat(failure.fieldNames()).toIterable().containsExactly("document", "reason", "remedy");
    }

    @Test
    void file_thatIsTooLarge_isNotEvenHashed() throws Exception {
        Path huge = docs.resolve("huge.txt");
        try (var file = new java.io.RandomAccessFile(huge.toFile(), "rw")) {
            // Hashing it would take an hour.
            file.setLength(1L << 40);
        }

        JsonNode report = report(Indexer.SOME_FAILED);

        assertThat(report.get("added").asInt()).isEqualTo(2);
        assertThat(report.get("failures").get(0).get("reason").asText()).contains("over the limit");
    }

    @Test
    void service_thatIsBusyForAWhile_isWaitedFor() throws Exception {
        server.failNext(2, () -> Problem.unavailable("writing; try again in 0 s", 0));

        assertThat(report(0).get("added").asInt()).isEqualTo(2);
    }

    @Test
    void service_thatStaysBusy_endsTheRun_andTheNextGoesOn() throws Exception {
        environment.put("SISKIN_INDEXER_SEND_PATIENCE", "1s");
        server.failNext(Integer.MAX_VALUE, () -> Problem.diskFull("no space left; free some"));

        JsonNode report = report(Indexer.FAILED);

        assertThat(report.get("stopped").asText()).contains("no space left");
        server.failNext(0, IllegalStateException::new);
        assertThat(Json.MAPPER.readTree(outputOfNewRun()).get("added").asInt()).isEqualTo(2);
    }

    @Test
    void request_refusedForOneLine_costsThatDocumentOnly() throws Exception {
        var first = new java.util.concurrent.atomic.AtomicInteger();
        server.beforeUpsert(() -> {
            if (first.getAndIncrement() < 2) {
                throw Problem.unprocessable("a line that can never fit");
            }
        });

        JsonNode report = report(Indexer.SOME_FAILED);

        assertThat(report.get("failed").asInt()).isEqualTo(1);
        assertThat(report.get("added").asInt()).isEqualTo(1);
        assertThat(report.get("failures").get(0).get("reason").asText()).contains("can never fit");
    }

    @Test
    void service_thatIsNotThere_isToldAtOnce() {
        server.close();

        assertThat(run()).isEqualTo(Indexer.FAILED);
        assertThat(err.toString(UTF_8)).contains("cannot be reached").hasLineCount(1);
    }

    @Test
    void collection_ofAnotherModel_isRefusedBeforeTheFirstChunk() {
        server.close();
        server = CollectionServer.start("e1-00000000000000000000000000000000", DIMENSIONS);
        address = server.address().toString();

        assertThat(run()).isEqualTo(Indexer.FAILED);
        assertThat(err.toString(UTF_8)).contains("another model", "--model").hasLineCount(1);
        assertThat(server.upserts()).isZero();
    }

    @Test
    void collection_thatGetsAnotherModelMeanwhile_endsTheRun_andTakesNoVectorOfTheOldOne() throws Exception {
        server.beforeUpsert(() -> {
            server.beforeUpsert(() -> {});
            server.changeModel("e1-other");
            throw Problem.unavailable("the collection's index was replaced meanwhile; send this again", 0);
        });

        JsonNode report = report(Indexer.FAILED);

        assertThat(report.get("stopped").asText()).contains("another embedding model", "e1-other", "run again");
        assertThat(server.documents("docs")).isEmpty();
    }

    @Test
    void watch_endsWhereTheCollectionHasAnotherModel() throws Exception {
        var status = new java.util.concurrent.FutureTask<>(() -> run("--watch", "--json"));
        Thread watching = Thread.ofPlatform().start(status);
        await(() -> server.documents("docs").size() == 2);

        server.changeModel("e1-other");
        write("new.md", "# New\n\nText.\n");
        watching.join();

        assertThat(status.get()).isEqualTo(Indexer.FAILED);
        assertThat(err.toString(UTF_8)).contains("another model", "e1-other").hasLineCount(1);
        assertThat(server.documents("docs")).hasSize(2);
    }

    @Test
    void path_thatIsNotThere_isTold() {
        docs = folder.resolve("nope");

        assertThat(run()).isEqualTo(Indexer.FAILED);
        assertThat(err.toString(UTF_8)).contains("no such file or folder").hasLineCount(1);
    }

    @Test
    void failureOfALibrary_isOneLine_andNoneWhereTheRunWasStopped() throws Exception {
        CommandLine command = Indexer.commandLine(
                environment, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), stop);
        var unloadable = new IllegalStateException("Shutdown in progress");

        assertThat(command.getExecutionExceptionHandler().handleExecutionException(unloadable, command, null))
                .isEqualTo(Indexer.FAILED);
        assertThat(err.toString(UTF_8)).contains("Shutdown in progress").hasLineCount(1);
        err.reset();
        stop.request(new StopSignal.Reason("interrupted", true));
        assertThat(command.getExecutionExceptionHandler().handleExecutionException(unloadable, command, null))
                .isEqualTo(Indexer.INTERRUPTED);
        assertThat(err.toString(UTF_8)).isEqualTo("indexer: interrupted before anything was indexed\n");
    }

    @Test
    void options_thatMakeNoSense_areUsageErrors() {
        assertThat(run("--threads", "0")).isEqualTo(USAGE);
        assertThat(err.toString(UTF_8))
                .isEqualTo("indexer: --threads must be from 1 to 256: 0; see --help\n")
                .hasLineCount(1);
        err.reset();
        assertThat(run("--source-name", "a/b")).isEqualTo(USAGE);
        assertThat(err.toString(UTF_8))
                .startsWith("indexer: --source-name must be a name without '/'")
                .hasLineCount(1);
    }

    @Test
    void document_ofManyChunks_arrivesWhole() throws Exception {
        environment.put("SISKIN_INDEXER_CHUNK_TOKENS", "32");
        environment.put("SISKIN_INDEXER_CHUNK_OVERLAP", "0");
        String text = IntStream.range(0, 100)
                .mapToObj(i -> "Sentence number " + i + " says that siskins eat seeds of alder and birch.")
                .collect(Collectors.joining("\n\n"));
        write("large.md", text);

        report(0);

        List<Chunk> chunks = Objects.requireNonNull(stored("docs/large.md").chunks());
        assertThat(chunks).hasSizeGreaterThan(40).isSortedAccordingTo((a, b) -> Integer.compare(a.start(), b.start()));
        assertThat(chunks.getLast().end()).isEqualTo(text.length());
    }

    @Test
    void file_thatGrowsWhileItIsRead_isNotReadToItsEnd_andNoneOfItsPartsStay() throws Exception {
        environment.put("SISKIN_INDEXER_CHUNK_TOKENS", "32");
        environment.put("SISKIN_INDEXER_CHUNK_OVERLAP", "0");
        String line = "Siskins eat seeds of alder and birch, of spruce and pine, of dandelion and meadowsweet.\n\n";
        write("growing.txt", line.repeat(30_000));
        Path growing = docs.resolve("growing.txt");
        var partsBefore = new java.util.concurrent.atomic.AtomicInteger();
        server.beforeUpsert(() -> {
            partsBefore.accumulateAndGet(server.partsComing(), Math::max);
            try {
                Files.writeString(growing, "more\n", java.nio.file.StandardOpenOption.APPEND);
            } catch (java.io.IOException failed) {
                throw new java.io.UncheckedIOException(failed);
            }
        });

        JsonNode report = report(Indexer.SOME_FAILED);

        assertThat(report.get("failures").get(0).get("reason").asText()).isEqualTo("changed while it was read");
        assertThat(partsBefore.get()).isBetween(1, 20);
        assertThat(server.partsComing()).isZero();
    }

    @Test
    void interrupt_endsTheRunCleanly_andTheNextGoesOn() throws Exception {
        for (int i = 0; i < 200; i++) {
            write("page" + i + ".md", "# Page " + i + "\n\nSomething about number " + i + ".\n");
        }
        server.beforeUpsert(() -> stop.request(new StopSignal.Reason("interrupted", true)));

        JsonNode report = report(Indexer.INTERRUPTED);

        int added = report.get("added").asInt();
        assertThat(added).isBetween(1, 201);
        assertThat(server.documents("docs")).hasSize(added);
        server.beforeUpsert(() -> {});
        assertThat(Json.MAPPER.readTree(outputOfNewRun()).get("added").asInt()).isEqualTo(202 - added);
    }

    @Test
    void prune_removesWhatIsGone_ofItsOwnSourceOnly() throws Exception {
        for (int i = 0; i < 5; i++) {
            write("gone/%d.txt".formatted(i), "Text " + i + ".\n");
        }
        report(0);
        assertThat(run("--json", "--source-name", "docs-of-others")).isZero();
        for (int i = 0; i < 5; i++) {
            Files.delete(docs.resolve("gone/%d.txt".formatted(i)));
        }
        assertThat(report(0).get("removed").asInt()).isZero();

        assertThat(run("--json", "--prune")).isZero();
        assertThat(Json.MAPPER.readTree(out.toString(UTF_8)).get("removed").asInt())
                .isEqualTo(5);
        assertThat(server.documents("docs").keySet())
                .contains("docs/guide.md", "docs/notes.txt", "docs-of-others/gone/0.txt")
                .doesNotContain("docs/gone/0.txt")
                .hasSize(2 + 7);
    }

    @Test
    void prune_removesWhatIsNotTakenAnyMore_andKeepsWhatCannotBeRead() throws Exception {
        report(0);
        write("notes.txt", "");
        assertThat(run("--prune", "--exclude", "*.md")).isEqualTo(Indexer.SOME_FAILED);
        assertThat(server.documents("docs").keySet()).containsExactly("docs/notes.txt");
    }

    @Test
    void prune_ofAnEmptyFolder_removesNothing() throws Exception {
        report(0);
        Files.delete(docs.resolve("guide.md"));
        Files.delete(docs.resolve("notes.txt"));
        assertThat(run("--prune")).isEqualTo(Indexer.SOME_FAILED);
        assertThat(out.toString(UTF_8))
                .contains("nothing was removed: docs holds not one file to index")
                .doesNotContain("stopped");
        assertThat(server.documents("docs")).hasSize(2);
    }

    @Test
    void prune_ofASingleFile_isWrongUsage() {
        assertThat(Indexer.commandLine(
                                environment, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), stop)
                        .execute(docs.resolve("guide.md").toString(), "--prune", "--url", address))
                .isEqualTo(USAGE);
        assertThat(err.toString(UTF_8)).contains("--prune takes folders");
    }

    @Test
    void dryRun_saysWhatWouldBeDone_andDoesNothing() throws Exception {
        assertThat(run("--json", "--dry-run")).isZero();
        JsonNode first = Json.MAPPER.readTree(out.toString(UTF_8));
        assertThat(first.get("dry_run").asBoolean()).isTrue();
        assertThat(first.get("added").asInt()).isEqualTo(2);
        assertThat(first.at("/estimate/tokens").asInt()).isBetween(10, 60);
        assertThat(server.collection("docs")).isEmpty();

        report(0);
        write("notes.txt", "Remember the bread.\n");
        Files.delete(docs.resolve("guide.md"));
        assertThat(run("--dry-run", "--prune")).isZero();
        assertThat(out.toString(UTF_8))
                .containsPattern("to replace +1\n")
                .containsPattern("to remove +1\n")
                .contains("tokens");
        assertThat(server.documents("docs").keySet()).containsExactly("docs/guide.md", "docs/notes.txt");
    }

    @Test
    void prune_ofTwoFoldersOneOfThemEmpty_removesNothing() throws Exception {
        Path mounted = Files.createDirectories(folder.resolve("mounted"));
        Files.writeString(mounted.resolve("a.txt"), "Text.");
        assertThat(run("--json", mounted.toString())).isZero();
        Files.delete(mounted.resolve("a.txt"));
        Files.delete(docs.resolve("notes.txt"));
        JsonNode report = reportOf(Indexer.SOME_FAILED, "--prune", mounted.toString());
        assertThat(report.get("not_pruned").asText()).startsWith("mounted holds not one file");
        assertThat(report.get("stopped").isNull()).isTrue();
        assertThat(report.get("unchanged").asInt()).isEqualTo(1);
        assertThat(server.documents("docs")).hasSize(3);
    }

    @Test
    void prune_leavesDocumentsOfAnotherFolderOfTheSameName_thereOrNot() throws Exception {
        report(0);
        Files.delete(docs.resolve("notes.txt"));
        Path other = Files.createDirectories(folder.resolve("elsewhere/docs"));
        Files.writeString(other.resolve("other.txt"), "Text.");
        assertThat(Indexer.commandLine(
                                environment, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), stop)
                        .execute(other.toString(), "--prune", "--url", address, "--model", MODEL, "-c", "docs", "-q"))
                .isZero();
        assertThat(server.documents("docs").keySet())
                .containsExactly("docs/guide.md", "docs/notes.txt", "docs/other.txt");
    }

    private JsonNode reportOf(int expectedStatus, String... more) throws Exception {
        var arguments = new ArrayList<>(List.of("--json"));
        arguments.addAll(List.of(more));
        int status = run(arguments.toArray(String[]::new));
        assertThat(status).as(err.toString(UTF_8)).isEqualTo(expectedStatus);
        return Json.MAPPER.readTree(out.toString(UTF_8));
    }

    private Map<String, Object> metadata(String id) {
        return Objects.requireNonNull(stored(id).metadata());
    }

    @Test
    void archive_isDocuments_sentOnce_andPrunedWhenTheyAreGone() throws Exception {
        zip("all.zip", Map.of("a.md", "# A\n\ntext\n", "in/b.txt", "other text\n"));

        assertThat(report(0).get("added").asInt()).isEqualTo(4);
        assertThat(report(0).get("unchanged").asInt()).isEqualTo(4);
        assertThat(stored("docs/all.zip/a.md").title()).isEqualTo("A");
        assertThat(metadata("docs/all.zip/in/b.txt")).containsEntry("path", "all.zip/in/b.txt");

        zip("all.zip", Map.of("a.md", "# A\n\ntext\n"));
        Files.setLastModifiedTime(docs.resolve("all.zip"), java.nio.file.attribute.FileTime.fromMillis(1_000_000));
        JsonNode second = reportOf(0, "--prune");
        assertThat(second.get("removed").asInt()).isEqualTo(1);
        assertThat(second.get("unchanged").asInt()).isEqualTo(3);
        assertThat(server.documents("docs")).doesNotContainKey("docs/all.zip/in/b.txt");
    }

    @Test
    void refusalWhileAnArchiveIsUnpacked_isNoDamageOfTheArchive() throws Exception {
        var entries = new HashMap<String, String>();
        IntStream.range(0, 300).forEach(i -> entries.put(i + ".txt", "Text " + i + ".\n"));
        zip("all.zip", entries);
        server.failNext(1, () -> Problem.unprocessable("ids that can never fit"));

        JsonNode report = report(Indexer.FAILED);

        assertThat(report.get("stopped").asText()).contains("refuses", "can never fit");
        assertThat(report.get("failed").asInt()).isZero();
    }

    @Test
    void damagedArchive_keepsWhatIsIndexedOfIt_alsoWithPrune() throws Exception {
        zip("all.zip", Map.of("a.md", "# A\n\ntext\n"));
        report(0);
        write("all.zip", "no zip any more");
        Files.setLastModifiedTime(docs.resolve("all.zip"), java.nio.file.attribute.FileTime.fromMillis(1_000_000));

        JsonNode second = reportOf(Indexer.SOME_FAILED, "--prune");

        assertThat(second.get("removed").asInt()).isZero();
        assertThat(second.get("failures").get(0).get("reason").asText()).contains("cannot be unpacked");
        assertThat(server.documents("docs")).containsKey("docs/all.zip/a.md");
    }

    private void zip(String name, Map<String, String> entries) throws Exception {
        try (var zip = new java.util.zip.ZipOutputStream(Files.newOutputStream(docs.resolve(name)))) {
            for (Map.Entry<String, String> entry : entries.entrySet()) {
                zip.putNextEntry(new java.util.zip.ZipEntry(entry.getKey()));
                zip.write(entry.getValue().getBytes(UTF_8));
            }
        }
    }

    @Test
    void records_areDocuments_withTheFieldsNamed() throws Exception {
        write("corpus.jsonl", """
                {"_id":"d1","title":"One","text":"first text","metadata":{"year":2020}}
                {"_id":"d2","title":"Two","text":"second text","topic":"x"}
                {"_id":"d2","title":"Again","text":"of the same id"}
                """);

        JsonNode report = reportOf(Indexer.SOME_FAILED, "--format", "jsonl", "--field", "metadata=topic");

        assertThat(report.get("added").asInt()).isEqualTo(2);
        assertThat(report.get("failures").get(0).get("reason").asText()).contains("another one of this id");
        assertThat(server.documents("docs")).containsOnlyKeys("docs/corpus.jsonl/d1", "docs/corpus.jsonl/d2");
        assertThat(stored("docs/corpus.jsonl/d1").title()).isEqualTo("One");
        assertThat(metadata("docs/corpus.jsonl/d1")).containsEntry("year", 2020);
        assertThat(metadata("docs/corpus.jsonl/d2")).containsEntry("topic", "x");
        Chunk chunk =
                Objects.requireNonNull(stored("docs/corpus.jsonl/d2").chunks()).getFirst();
        assertThat(chunk.context()).isEqualTo("Two");
        assertThat(chunk.text()).isEqualTo("second text");

        write("corpus.jsonl", """
                {"_id":"d1","title":"One","text":"first text","metadata":{"year":2020}}
                {"_id":"d2","title":"Two","text":"changed text","topic":"x"}
                """);
        JsonNode second = reportOf(0, "--format", "jsonl", "--field", "metadata=topic");
        assertThat(second.get("unchanged").asInt()).isEqualTo(1);
        assertThat(second.get("replaced").asInt()).isEqualTo(1);
        assertThat(reportOf(0, "--format", "jsonl").get("replaced").asInt())
                .as("all are read otherwise without the field")
                .isEqualTo(2);
    }

    @Test
    void metadata_comesFromTheFileTheOneBesideItAndTheCommand() throws Exception {
        write("notes.txt.metadata.json", "{\"year\":2021,\"tags\":[\"a\",\"b\"],\"team\":\"x\"}");
        write("front.md", "---\nauthor: Ada\nteam: z\n---\n# Front\n\ntext\n");

        reportOf(0, "--metadata", "team=y");

        assertThat(metadata("docs/notes.txt"))
                .containsEntry("year", 2021)
                .containsEntry("tags", List.of("a", "b"))
                .containsEntry("team", "y");
        assertThat(metadata("docs/front.md")).containsEntry("author", "Ada").containsEntry("team", "y");
        write("notes.txt.metadata.json", "{\"year\":2022}");
        assertThat(reportOf(0, "--metadata", "team=y").get("replaced").asInt()).isEqualTo(1);
        assertThat(reportOf(0).get("replaced").asInt())
                .as("all have lost their team")
                .isEqualTo(3);
    }

    @Test
    void metadataFile_thatIsWrong_failsItsDocumentOnly() throws Exception {
        write("notes.txt.metadata.json", "{\"nested\":{}}");

        JsonNode report = report(Indexer.SOME_FAILED);

        assertThat(report.get("added").asInt()).isEqualTo(1);
        assertThat(report.get("failures").get(0).get("reason").asText())
                .contains("notes.txt.metadata.json has a field 'nested'");
    }

    @Test
    void options_thatDoNotGoTogether_areWrongUsage() {
        assertThat(run("--field", "text=a")).isEqualTo(USAGE);
        assertThat(run("--format", "csv")).isEqualTo(USAGE);
        assertThat(run("--format", "jsonl", "--field", "nonsense")).isEqualTo(USAGE);
        assertThat(run("--stdin-name", "a/b")).isEqualTo(USAGE);
        assertThat(run("--watch", "--dry-run")).isEqualTo(USAGE);
    }

    @Test
    void watch_runsAgainWhenAFileHasChanged_andEndsWhenStopped() throws Exception {
        var status = new java.util.concurrent.FutureTask<>(() -> run("--watch", "--prune", "--json"));
        Thread watching = Thread.ofPlatform().start(status);

        await(() -> server.documents("docs").size() == 2);
        write("new.md", "# New\n\nText.\n");
        await(() -> server.documents("docs").containsKey("docs/new.md"));
        Files.delete(docs.resolve("notes.txt"));
        await(() -> !server.documents("docs").containsKey("docs/notes.txt"));
        stop.request(new StopSignal.Reason("interrupted", true));
        watching.join();

        assertThat(status.get()).isEqualTo(Indexer.INTERRUPTED);
        assertThat(out.toString(UTF_8).lines()).hasSize(3).allMatch(line -> line.startsWith("{\"collection\""));
    }

    @Test
    void watch_sendsAgainWhatWasRefused_onceItsFileChanges() throws Exception {
        write("empty.md", "");
        var refused = new java.util.concurrent.atomic.AtomicInteger();
        server.beforeUpsert(() -> {
            // The request as a whole, and then each of its two lines.
            if (refused.getAndIncrement() < 3) {
                throw Problem.unprocessable("not now");
            }
        });
        var status = new java.util.concurrent.FutureTask<>(() -> run("--watch", "--json"));
        Thread watching = Thread.ofPlatform().start(status);

        await(() -> out.toString(UTF_8).lines().count() == 1);
        write("notes.txt", "Remember the bread and the butter.\n");
        await(() -> out.toString(UTF_8).lines().count() == 2);
        assertThat(server.documents("docs")).containsOnlyKeys("docs/notes.txt");
        stop.request(new StopSignal.Reason("interrupted", true));
        watching.join();

        List<String> reports = out.toString(UTF_8).lines().toList();
        assertThat(reports).hasSize(2);
        assertThat(Json.MAPPER.readTree(reports.getFirst()).get("failed").asInt())
                .isEqualTo(3);
        JsonNode second = Json.MAPPER.readTree(reports.getLast());
        assertThat(second.get("added").asInt()).isEqualTo(1);
        assertThat(second.get("failures").findValuesAsText("document"))
                .containsExactlyInAnyOrder("docs/empty.md", "docs/guide.md");
    }

    private static void await(java.util.function.BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 600 && !condition.getAsBoolean(); i++) {
            Thread.sleep(100);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    @Test
    void failuresBeyondAThousand_areCounted_andNotKept() throws Exception {
        write("corpus.jsonl", "{\"text\":\"no id\"}\n".repeat(1500));

        JsonNode report = reportOf(Indexer.SOME_FAILED, "--format", "jsonl");

        assertThat(report.get("failed").asInt()).isEqualTo(1500);
        assertThat(report.get("failures")).hasSize(1000);
    }
}
