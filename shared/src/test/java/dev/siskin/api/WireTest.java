package dev.siskin.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;

class WireTest {
    @Test
    void searchRequest_ofTheContract_isRead() throws Exception {
        SearchRequest request = Json.MAPPER.readValue("""
                {"query":"how is the queue bounded?", "vector":null, "k":10, "mode":"hybrid",
                 "filter":{"and":[{"eq":{"lang":"en"}},{"range":{"year":{"gte":2020}}}]}, "oversample":null,
                 "min_score":0.0, "max_per_document":null, "include":["text","metadata","highlights"],
                 "deadline_ms":500, "exact":false}
                """, SearchRequest.class);
        assertThat(request.mode()).isEqualTo(SearchMode.HYBRID);
        assertThat(request.include()).contains(SearchRequest.Include.HIGHLIGHTS);
        assertThat(Json.MAPPER.readValue(Json.MAPPER.writeValueAsString(request.filter()), Filter.class))
                .isEqualTo(request.filter());
    }

    @Test
    void vector_arrayAndBase64_areTheSame() throws Exception {
        Chunk fromArray =
                Json.MAPPER.readValue("{\"text\":\"a\",\"start\":0,\"end\":1,\"vector\":[0.5,-1,0]}", Chunk.class);
        Chunk fromBase64 = Json.MAPPER.readValue(Json.MAPPER.writeValueAsString(fromArray), Chunk.class);
        assertThat(fromBase64).isEqualTo(fromArray);
        assertThat(fromBase64.vector()).containsExactly(0.5f, -1f, 0f);
        assertThat(explained("{\"text\":\"a\",\"start\":0,\"end\":1,\"vector\":\"AAA\"}", Chunk.class))
                .contains("vector")
                .contains("float32");
        assertThat(explained("{\"text\":\"a\",\"start\":0,\"end\":1,\"vector\":{\"a\":1}}", Chunk.class))
                .contains("vector");
    }

    /** The expected value was computed by another program from the description. */
    @Test
    void partDigest_isThatOfTheContract_whateverTheVectors() {
        var first = new Chunk("Größe", "Guide > Batching", null, null, 0, 5, new float[] {1, 0});
        var second = new Chunk("b", null, "", 3, 7, 8, null);
        assertThat(PartDigest.of(List.of(first, second)))
                .isEqualTo("72e5b11efcda1abab644db587283c1787c0e6d6ff05fb727a69c7dd6807bbb8a");
    }

    @Test
    void filter_tooDeepOrWide_isRefused() {
        String deep = "{\"not\":".repeat(11) + "{\"exists\":\"a\"}" + "}".repeat(11);
        assertThat(explained(deep, Filter.class)).contains("deeper than 10");
        String wide = "{\"or\":[" + "{\"exists\":\"a\"},".repeat(64) + "{\"exists\":\"a\"}]}";
        assertThat(explained(wide, Filter.class)).contains("more than 64");
        assertThat(explained("{\"like\":{\"a\":\"b\"}}", Filter.class)).contains("'like'");
        assertThat(explained("{\"eq\":{\"a\":[1]}}", Filter.class)).contains("eq");
        assertThat(explained("{\"eq\":{\"a\":1},\"in\":{\"a\":[1]}}", Filter.class))
                .contains("one operator");
    }

    @Test
    void filter_empty_matchesEverything() throws Exception {
        assertThat(Json.MAPPER.readValue("{}", Filter.class)).isEqualTo(new Filter.All());
    }

    @Test
    void explain_duplicateFieldAndTrailingText_areRefused() {
        assertThat(explained("{\"text\":\"a\",\"text\":\"b\",\"start\":0,\"end\":1}", Chunk.class))
                .contains("text");
        assertThatThrownBy(() -> Json.MAPPER.readValue("{\"ids\":[]} {}", DocumentIds.class))
                .isInstanceOf(JsonProcessingException.class);
    }

    @Test
    void explain_bodyOfAnotherShape_saysWhatWasExpected() {
        for (String body : new String[] {"[]", "\"x\"", "5", "true"}) {
            assertThat(explained(body, AnswerRequest.class)).isEqualTo("must be a JSON object");
        }
        assertThat(explained("{\"ids\":[]} {}", DocumentIds.class))
                .isEqualTo("malformed JSON: more text follows the end of the value (line 1, column 12)");
    }

    @Test
    void explain_brokenText_neverQuotesTheLibrary() {
        for (String body : new String[] {"{", "{\"ids\":NaN}", "[".repeat(100), "{\"a\":".repeat(100), "nul"}) {
            assertThat(explained(body, JsonNode.class))
                    .startsWith("malformed JSON: ")
                    .doesNotContain("Source", "Feature", "Constraints", "Token.", "dev.siskin");
        }
    }

    @Test
    void text_numberOrBooleanInItsPlace_isRefused() {
        assertThat(explained("{\"question\":5}", AnswerRequest.class)).isEqualTo("field 'question' must be a string");
        assertThat(explained("{\"question\":true}", AnswerRequest.class))
                .isEqualTo("field 'question' must be a string");
        assertThat(explained("{\"ids\":[1.5]}", DocumentIds.class)).isEqualTo("field 'ids[0]' must be a string");
    }

    private static String explained(String json, Class<?> type) {
        try {
            return "read as " + Json.MAPPER.readValue(json, type);
        } catch (JsonProcessingException failure) {
            return Json.explain(failure);
        }
    }
}
