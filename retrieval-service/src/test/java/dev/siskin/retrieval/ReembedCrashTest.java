package dev.siskin.retrieval;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.line;
import static dev.siskin.retrieval.TestService.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the service in a process of its own while it re-embeds and is written to, and lets the next one go on. More kills:
 * {@code mvn verify -Dtest=ReembedCrashTest -Dsiskin.crash.kills=50}.
 */
class ReembedCrashTest {
    private static final int KILLS = Integer.getInteger("siskin.crash.kills", 2);
    private static final int DOCUMENTS = 1_500;
    private static final String REEMBED = "/v1/collections/docs/reembed";
    private static final String DOCS = "/v1/collections/docs/documents";

    @TempDir
    Path data;

    /** What each document says by now. */
    private final Map<String, String> texts = new TreeMap<>();

    @Test
    void kill_duringReembedding_losesNoDocumentAndGoesOn() throws Exception {
        long seed = System.nanoTime();
        var random = new Random(seed);
        try (ServiceProcess child = ServiceProcess.on(data)) {
            child.send("PUT", "/v1/collections/docs", "application/json", "{}");
            for (int from = 0; from < DOCUMENTS; from += 500) {
                writeFrom(child, from, 500, true);
            }
            String started = child.send(
                            "POST", REEMBED, "application/json", "{\"embedding_model\":\"all-minilm-l6-v2\"}")
                    .body();
            assertThat(started).contains("\"documents_total\"");
            killOnceItHasEmbedded(child, random.nextInt(20, 200));
        }
        for (int kill = 1; kill < KILLS; kill++) {
            try (ServiceProcess child = ServiceProcess.on(data)) {
                killOnceItHasEmbedded(child, random.nextInt(20, 800));
            }
        }
        try (TestService service = TestService.on(data)) {
            JsonNode status = Reembeds.awaitEnd(service, "docs");
            assertThat(status.path("state").asText())
                    .as("seed %d: %s", seed, status)
                    .isEqualTo("done");
            Reembeds.assertHolds(service, "docs", texts, "all-minilm-l6-v2");
        }
        try (TestService again = TestService.on(data)) {
            assertThat(again.get(REEMBED).status()).isEqualTo(404);
            Reembeds.assertHolds(again, "docs", texts, "all-minilm-l6-v2");
        }
    }

    /** Writes while it waits: documents of before, which are re-embedded again. */
    private void killOnceItHasEmbedded(ServiceProcess child, int chunks) throws Exception {
        int next = 0;
        while (true) {
            JsonNode status = Json.MAPPER.readTree(
                    child.send("GET", REEMBED, "application/json", "").body());
            if (status.path("chunks_embedded").asLong() >= chunks
                    || !status.path("state").asText().equals("running")) {
                break;
            }
            writeFrom(child, next, 3, false);
            next = (next + 101) % (DOCUMENTS - 3);
        }
        child.killAfter(0);
    }

    private void writeFrom(ServiceProcess child, int from, int count, boolean vectors) throws Exception {
        var lines = new ArrayList<String>();
        var written = new TreeMap<String, String>();
        for (int i = from; i < from + count; i++) {
            String text = "finch %d of flock %d".formatted(i, texts.size() + System.nanoTime() % 1000);
            written.put("d" + i, text);
            String metadata = "{\"n\":%d}".formatted(i);
            lines.add(vectors ? line("d" + i, metadata, text, at(i % 90)) : text("d" + i, metadata, text));
        }
        String answer = child.send("POST", DOCS, "application/x-ndjson", String.join("\n", lines))
                .body();
        assertThat(answer).contains("\"generation\"");
        texts.putAll(written);
    }
}
