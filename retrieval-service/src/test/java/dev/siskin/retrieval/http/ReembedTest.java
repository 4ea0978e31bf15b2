package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.line;
import static dev.siskin.retrieval.TestService.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.retrieval.Reembeds;
import dev.siskin.retrieval.TestService;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReembedTest {
    private static final String MINILM = "all-minilm-l6-v2";
    private static final String TO_MINILM = "{\"embedding_model\":\"" + MINILM + "\"}";

    @TempDir
    Path data;

    private TestService service;
    private final Map<String, String> texts = new TreeMap<>();

    @BeforeEach
    void start() throws Exception {
        service = TestService.on(data);
        service.put("/v1/collections/docs", "{}");
    }

    @AfterEach
    void stop() {
        service.close();
    }

    private static String reembed(String collection) {
        return "/v1/collections/" + collection + "/reembed";
    }

    /** Documents with vectors that say nothing of their texts. */
    private void write(int from, int count, String what) {
        write(from, count, what, true);
    }

    private void write(int from, int count, String what, boolean vectors) {
        var lines = new ArrayList<String>();
        for (int i = from; i < from + count; i++) {
            String text = what + " number " + i;
            texts.put("d" + i, text);
            String metadata = "{\"n\":%d}".formatted(i);
            lines.add(vectors ? line("d" + i, metadata, text, at(i % 90)) : text("d" + i, metadata, text));
        }
        TestService.Answer answer;
        do {
            answer = service.upsert("docs", lines.toArray(String[]::new));
        } while (answer.status() == 503);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private void delete(String id) {
        TestService.Answer answer;
        do {
            answer = service.delete("/v1/collections/docs/documents/" + id);
        } while (answer.status() == 503);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private long generation() {
        return service.get("/v1/collections/docs").json().path("generation").asLong();
    }

    private Path folder(String collection) {
        return data.resolve("retrieval/default").resolve(collection);
    }

    private static List<String> namesIn(Path folder) throws Exception {
        try (Stream<Path> content = Files.list(folder)) {
            return content.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void reembed_whileWritten_holdsEveryDocumentOnceWithNewVectors() throws Exception {
        write(0, 300, "siskin");
        long before = generation();
        TestService.Answer started = service.post(reembed("docs"), TO_MINILM);
        assertThat(started.status()).as(started.body()).isEqualTo(202);
        assertThat(service.post(reembed("docs"), TO_MINILM).status()).isEqualTo(202);

        int round = 0;
        while (service.get(reembed("docs")).json().path("state").asText().matches("running|waiting")) {
            write(round * 7 % 290, 3, "rewritten in round " + round, false);
            write(300 + round, 1, "new", false);
            String gone = "d" + (299 - round % 100);
            if (texts.remove(gone) != null) {
                delete(gone);
            }
            round++;
        }
        JsonNode status = service.get(reembed("docs")).json();
        assertThat(status.path("state").asText()).as(status.toString()).isEqualTo("done");
        assertThat(status.path("generation").asLong()).isGreaterThan(before);
        assertThat(round).isPositive();
        Reembeds.assertHolds(service, "docs", texts, MINILM);
        assertThat(namesIn(folder("docs"))).containsExactly("index-2", "manifest.json");

        write(600, 1, "after the switch");
        assertThat(generation()).isGreaterThan(status.path("generation").asLong());
        service.close();
        service = TestService.on(data);
        Reembeds.assertHolds(service, "docs", texts, MINILM);
    }

    @Test
    void reembed_ontoTheModelOfTheSameName_endsAMismatch() throws Exception {
        write(0, 5, "siskin");
        service.close();
        Path manifest = folder("docs").resolve("manifest.json");
        String text = Files.readString(manifest);
        String other = text.replaceAll("\"model_sha256\" : \"[0-9a-f]{8}", "\"model_sha256\" : \"00000000")
                .replaceAll("\"vector\" : \"[^\"]+\"", "\"vector\" : \"" + TestService.base64(at(3)) + "\"");
        Files.writeString(manifest, other);
        service = TestService.on(data);
        String question = "{\"query\":\"siskin number 3\",\"k\":1}";
        assertThat(service.search("docs", question).json().at("/degraded/cause").asText())
                .isEqualTo("embedder");

        assertThat(service.post(reembed("docs"), "{}").status()).isEqualTo(202);
        assertThat(Reembeds.awaitEnd(service, "docs").path("state").asText()).isEqualTo("done");
        assertThat(service.search("docs", question).json().path("degraded").isNull())
                .isTrue();
        Reembeds.assertHolds(service, "docs", texts, "bge-small-en-v1.5");
    }

    @Test
    void search_waitingForTheNextGeneration_isWokenByTheSwitch() {
        write(0, 20, "siskin");
        long next = generation() + 1;
        CompletableFuture<JsonNode> waiting = CompletableFuture.supplyAsync(() -> service.search(
                        "docs",
                        "{\"query\":\"siskin\",\"k\":1,\"deadline_ms\":60000,\"min_generation\":%d}".formatted(next))
                .json());
        service.post(reembed("docs"), TO_MINILM);
        assertThat(waiting.join().path("generation").asLong()).isEqualTo(next);
        assertThat(waiting.join().path("embedding_model").asText()).isEqualTo(MINILM);
    }

    @Test
    void vectorsOfTheOldModel_areRefusedOnceAnotherHasTakenItsPlace() throws Exception {
        write(0, 1, "siskin");
        String path = "/v1/collections/docs/documents?embedder="
                + service.get("/v1/collections/docs").json().path("embedder").asText();
        String line = line("late", "{}", "siskin", at(0)) + "\n";
        service.post(reembed("docs"), TO_MINILM);
        assertThat(Reembeds.awaitEnd(service, "docs").path("state").asText()).isEqualTo("done");

        TestService.Answer refused = service.send("POST", path, "application/x-ndjson", line);

        assertThat(refused.status()).as(refused.body()).isEqualTo(409);
        Reembeds.assertHolds(service, "docs", texts, MINILM);
    }

    @Test
    void reembed_cancelled_leavesTheLiveIndexAsItWas() throws Exception {
        write(0, 400, "siskin");
        service.put("/v1/collections/other", "{}");
        long before = generation();
        assertThat(service.post(reembed("docs"), TO_MINILM).status()).isEqualTo(202);
        assertThat(service.post(reembed("other"), TO_MINILM)
                        .json()
                        .path("state")
                        .asText())
                .isEqualTo("waiting");
        assertThat(service.post(reembed("docs"), "{}").status()).isEqualTo(409);

        assertThat(service.delete(reembed("other")).status()).isEqualTo(204);
        assertThat(service.delete(reembed("docs")).status()).isEqualTo(204);
        assertThat(service.get(reembed("docs")).status()).isEqualTo(404);
        assertThat(service.delete(reembed("docs")).status()).isEqualTo(404);
        assertThat(generation()).isEqualTo(before);
        assertThat(namesIn(folder("docs"))).containsExactly("index", "manifest.json");
        assertThat(namesIn(folder("other"))).containsExactly("index", "manifest.json");
        assertThat(service.get("/v1/collections/docs")
                        .json()
                        .path("embedding_model")
                        .asText())
                .isEqualTo("bge-small-en-v1.5");
    }

    @Test
    void reembed_ofWhatIsNotThere_isRefused() {
        assertThat(service.post(reembed("nothing"), "{}").status()).isEqualTo(404);
        assertThat(service.get(reembed("docs")).status()).isEqualTo(404);
        TestService.Answer unknown = service.post(reembed("docs"), "{\"embedding_model\":\"gone\"}");
        assertThat(unknown.status()).isEqualTo(422);
        assertThat(unknown.detail()).contains("gone", MINILM);
    }

    @Test
    void reembed_deletedMeanwhile_endsWithTheCollection() {
        write(0, 300, "siskin");
        service.post(reembed("docs"), TO_MINILM);
        assertThat(service.delete("/v1/collections/docs").status()).isEqualTo(204);
        assertThat(service.get(reembed("docs")).status()).isEqualTo(404);
        service.put("/v1/collections/docs", "{}");
        texts.clear();
        write(0, 3, "another");
        assertThat(service.post(reembed("docs"), TO_MINILM).status()).isIn(202, 409);
        JsonNode end = Reembeds.awaitEnd(service, "docs");
        if (!end.path("state").asText().equals("done")) {
            service.post(reembed("docs"), TO_MINILM);
            Reembeds.awaitEnd(service, "docs");
        }
        Reembeds.assertHolds(service, "docs", texts, MINILM);
    }

    @Test
    void reembed_orderedOfACollectionThatIsAnotherNow_isNotDone() throws Exception {
        write(0, 3, "siskin");
        service.post(reembed("docs"), TO_MINILM);
        Reembeds.awaitEnd(service, "docs");
        String embedder =
                service.get("/v1/collections/docs").json().path("embedder").asText();
        service.close();
        Path order = Files.createDirectories(folder("docs").resolve(".reembedding"));
        Files.writeString(order.resolve("job.json"), """
                {"version":1,"source_created":"1970-01-01T00:00:00Z","source_index":"index-2","embedding_model":"%s","embedder":"%s","quantization":"int8",
                 "started":"1970-01-01T00:00:00Z"}
                """.formatted(MINILM, embedder));

        service = TestService.on(data);
        JsonNode status = Reembeds.awaitEnd(service, "docs");
        assertThat(status.path("state").asText()).as(status.toString()).isEqualTo("failed");
        assertThat(status.path("error").asText()).contains("created anew");
        Reembeds.assertHolds(service, "docs", texts, MINILM);
    }
}
