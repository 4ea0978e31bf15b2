package dev.siskin.retrieval;

import static dev.siskin.retrieval.TestService.quoted;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What tests of re-embedding look at. */
public final class Reembeds {
    /** Found by their vectors; the others by id alone, since each costs an embedding. */
    private static final int SEARCHED = 40;

    private Reembeds() {}

    /** How the re-embedding ended. */
    public static JsonNode awaitEnd(TestService service, String collection) {
        while (true) {
            JsonNode status =
                    service.get("/v1/collections/" + collection + "/reembed").json();
            String state = status.path("state").asText();
            if (!state.equals("running") && !state.equals("waiting")) {
                return status;
            }
            Thread.onSpinWait();
        }
    }

    /** That the collection holds these documents of one chunk, each once, with vectors of the model. */
    public static void assertHolds(TestService service, String collection, Map<String, String> texts, String model) {
        String path = "/v1/collections/" + collection;
        JsonNode info = service.get(path).json();
        assertThat(info.path("embedding_model").asText()).isEqualTo(model);
        assertThat(info.path("documents").asInt()).isEqualTo(texts.size());
        assertThat(info.path("chunks").asInt()).isEqualTo(texts.size());
        assertThat(ids(service, path))
                .isEqualTo(texts.keySet().stream().sorted().toList());
        int every = Math.max(1, texts.size() / SEARCHED);
        int number = 0;
        for (Map.Entry<String, String> document : texts.entrySet()) {
            if (number++ % every != 0) {
                continue;
            }
            JsonNode answer = service.search(
                            collection,
                            "{\"query\":%s,\"mode\":\"vector\",\"k\":1,\"exact\":true,\"deadline_ms\":60000,\"filter\":{\"eq\":{\"n\":%s}}}"
                                    .formatted(
                                            quoted(document.getValue()),
                                            document.getKey().substring(1)))
                    .json();
            JsonNode hit = answer.path("hits").path(0);
            assertThat(hit.path("document_id").asText()).as(answer.toString()).isEqualTo(document.getKey());
            assertThat(hit.path("text").asText()).isEqualTo(document.getValue());
            // a model with a prefix for queries gives .94 for a text and itself; vectors that tests send point
            // elsewhere
            assertThat(hit.path("scores").path("cosine").asDouble())
                    .as(answer.toString())
                    .isGreaterThan(0.85);
            assertThat(answer.path("degraded").isNull()).isTrue();
        }
    }

    private static List<String> ids(TestService service, String path) {
        var ids = new ArrayList<String>();
        String cursor = "";
        while (true) {
            JsonNode page = service.get(path + "/documents?limit=1000" + cursor).json();
            page.path("documents").forEach(entry -> ids.add(entry.path("id").asText()));
            if (page.path("cursor").isNull()) {
                return ids.stream().sorted().toList();
            }
            cursor = "&cursor=" + page.path("cursor").asText();
        }
    }
}
