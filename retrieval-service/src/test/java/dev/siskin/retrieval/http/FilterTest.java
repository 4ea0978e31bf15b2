package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.base64;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.siskin.api.Json;
import dev.siskin.retrieval.TestService;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Filters against a plain reading of the metadata, over random metadata and random filters. */
class FilterTest {
    private static final long SEED = Long.getLong("siskin.filter.seed", new Random().nextLong());
    private static final int FILTERS = Integer.getInteger("siskin.filter.rounds", 60);
    private static final int DOCUMENTS = 3_000;
    private static final int K = 1_000;

    @TempDir
    static Path data;

    private static final Random RANDOM = new Random(SEED);
    private static final Map<String, JsonNode> METADATA = new LinkedHashMap<>();
    private static TestService service;

    @BeforeAll
    static void fill() throws Exception {
        service = TestService.on(data);
        service.put("/v1/collections/docs", "{}");
        var lines = new ArrayList<String>();
        for (int i = 0; i < DOCUMENTS; i++) {
            ObjectNode metadata = metadata(i);
            METADATA.put("d" + i, metadata);
            lines.add(line("d" + i, metadata.toString(), "finch " + i, vector()));
        }
        service.upsert("docs", lines.toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static float[] vector() {
        var vector = new float[TestService.DIMENSIONS];
        for (int i = 0; i < 12; i++) {
            vector[i] = (float) RANDOM.nextGaussian();
        }
        return vector;
    }

    private static ObjectNode metadata(int number) {
        ObjectNode fields = Json.MAPPER.createObjectNode().put("number", number);
        if (RANDOM.nextBoolean()) {
            fields.put("word", word());
        }
        if (RANDOM.nextBoolean()) {
            fields.put("size", RANDOM.nextInt(40) / 4.0);
        }
        if (RANDOM.nextBoolean()) {
            fields.put("flag", RANDOM.nextBoolean());
        }
        if (RANDOM.nextBoolean()) {
            fields.put("day", day());
        }
        ArrayNode tags = fields.putArray("tags");
        for (int i = RANDOM.nextInt(3); i > 0; i--) {
            tags.add(word());
        }
        return fields;
    }

    private static String word() {
        return List.of("ash", "asp", "aspen", "beech", "birch", "élan", "", "x y")
                .get(RANDOM.nextInt(8));
    }

    private static String day() {
        return "2026-01-%02d".formatted(1 + RANDOM.nextInt(28));
    }

    // ---- random filters -----------------------------------------------------------------------

    private static ObjectNode filter(int depth) {
        ObjectNode filter = Json.MAPPER.createObjectNode();
        switch (RANDOM.nextInt(depth > 0 ? 8 : 5)) {
            case 0 -> putValue(filter.putObject("eq"));
            case 1 -> {
                ArrayNode values = filter.putObject("in").putArray(RANDOM.nextBoolean() ? "word" : "tags");
                values.add(word()).add(word());
            }
            case 2 -> {
                ObjectNode bounds = filter.putObject("range");
                if (RANDOM.nextBoolean()) {
                    bounds.putObject("size")
                            .put("gte", RANDOM.nextInt(40) / 4.0)
                            .put("lt", RANDOM.nextInt(40) / 4.0);
                } else {
                    bounds.putObject("day").put("gt", day()).put("lte", day());
                }
            }
            case 3 ->
                filter.put(
                        "exists", List.of("word", "size", "flag", "day", "none").get(RANDOM.nextInt(5)));
            case 4 -> filter.putObject("prefix").put(RANDOM.nextBoolean() ? "word" : "tags", word());
            case 5 -> filter.set("not", filter(depth - 1));
            default -> {
                ArrayNode clauses = filter.putArray(RANDOM.nextBoolean() ? "and" : "or");
                for (int i = RANDOM.nextInt(3); i >= 0; i--) {
                    clauses.add(filter(depth - 1));
                }
            }
        }
        return filter;
    }

    private static void putValue(ObjectNode field) {
        switch (RANDOM.nextInt(5)) {
            case 0 -> field.put("word", word());
            case 1 -> field.put("tags", word());
            case 2 -> field.put("size", RANDOM.nextInt(40) / 4.0);
            case 3 -> field.put("flag", RANDOM.nextBoolean());
            default -> field.put("day", day());
        }
    }

    // ---- what they mean -----------------------------------------------------------------------

    private static boolean matches(JsonNode filter, JsonNode metadata) {
        Map.Entry<String, JsonNode> operator = filter.properties().iterator().next();
        JsonNode operand = operator.getValue();
        return switch (operator.getKey()) {
            case "and" -> all(operand).stream().allMatch(clause -> matches(clause, metadata));
            case "or" -> all(operand).stream().anyMatch(clause -> matches(clause, metadata));
            case "not" -> !matches(operand, metadata);
            case "exists" -> metadata.has(operand.asText());
            default -> {
                Map.Entry<String, JsonNode> field =
                        operand.properties().iterator().next();
                JsonNode value = metadata.path(field.getKey());
                List<JsonNode> values =
                        value.isArray() ? all(value) : value.isMissingNode() ? List.of() : List.of(value);
                yield values.stream().anyMatch(one -> holds(operator.getKey(), field.getValue(), one));
            }
        };
    }

    private static boolean holds(String operator, JsonNode wanted, JsonNode value) {
        return switch (operator) {
            case "eq" -> value.equals(wanted);
            case "in" -> all(wanted).contains(value);
            case "prefix" -> value.asText().startsWith(wanted.asText());
            case "range" ->
                wanted.properties().stream().allMatch(bound -> {
                    int order = value.isTextual()
                            ? value.asText().compareTo(bound.getValue().asText())
                            : Double.compare(value.asDouble(), bound.getValue().asDouble());
                    return switch (bound.getKey()) {
                        case "gt" -> order > 0;
                        case "gte" -> order >= 0;
                        case "lt" -> order < 0;
                        default -> order <= 0;
                    };
                });
            default -> throw new AssertionError(operator);
        };
    }

    private static List<JsonNode> all(JsonNode array) {
        var nodes = new ArrayList<JsonNode>();
        array.forEach(nodes::add);
        return nodes;
    }

    private static List<String> found(String mode, boolean exact, int k, float[] vector, String filter) {
        return service.found(
                "docs",
                "{\"query\":\"finch\",\"vector\":\"%s\",\"mode\":\"%s\",\"exact\":%b,\"k\":%d,\"deadline_ms\":60000,\"include\":[],\"filter\":%s}"
                        .formatted(base64(vector), mode, exact, k, filter));
    }

    @Test
    void randomFilters_findTheDocumentsTheyMean_inEveryMode() {
        for (int round = 0; round < FILTERS; round++) {
            ObjectNode filter = filter(3);
            var expected = new TreeSet<String>();
            METADATA.forEach((id, metadata) -> {
                if (matches(filter, metadata)) {
                    expected.add(id);
                }
            });
            String mode = List.of("keyword", "vector", "hybrid").get(round % 3);
            List<String> found = found(mode, round % 2 == 0, K, vector(), filter.toString());
            String what = "seed=%d, round %d, %s: %s".formatted(SEED, round, mode, filter);
            assertThat(expected).as(what).containsAll(found);
            assertThat(found).as(what).doesNotHaveDuplicates().hasSize(Math.min(K, expected.size()));
        }
    }

    /** 100 %, 10 %, 1 % and one document. */
    @ParameterizedTest
    @ValueSource(ints = {DOCUMENTS, DOCUMENTS / 10, DOCUMENTS / 100, 1})
    void graphSearch_atAnySelectivity_findsWhatExactSearchFinds(int matching) {
        String filter = "{\"range\":{\"number\":{\"lt\":%d}}}".formatted(matching);
        int found = 0;
        int wanted = 0;
        for (int i = 0; i < 20; i++) {
            float[] question = vector();
            List<String> exact = found("vector", true, 10, question, filter);
            List<String> graph = found("vector", false, 10, question, filter);
            assertThat(exact).hasSize(Math.min(10, matching));
            assertThat(graph).allMatch(id -> Integer.parseInt(id.substring(1)) < matching);
            wanted += exact.size();
            exact.retainAll(graph);
            found += exact.size();
        }
        assertThat((double) found / wanted).as("seed=%d", SEED).isGreaterThanOrEqualTo(0.95);
    }
}
