package dev.siskin.inference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Makes JSON values by the schemas of an OpenAPI document: valid ones, and near-valid ones in which some values are of
 * the wrong type, at or beyond their bounds, too long, too deep or of odd characters. The random source decides all.
 */
final class SchemaFuzzer {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int MAX_DEPTH = 6;

    private static final List<String> ODD_TEXTS = List.of(
            "",
            " ",
            "\u0000",
            "\u202e\u200b\ufeff",
            "\ud800",
            "e\u0301\u0327\u0301".repeat(40),
            "\ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67",
            "\uff53\uff49\uff53\uff4b\uff49\uff4e",
            "' OR 1=1 --",
            "../../etc/passwd",
            "{\"$ref\":\"#\"}",
            "\r\nX-Injected: 1\r\n\r\n",
            "data: x\n\nevent: done\n\n",
            "<script>alert(1)</script>",
            "${jndi:ldap://x}",
            "%00%2e%2e%2f",
            "null",
            "\ud83e\udd80".repeat(3_000));

    private static final List<JsonNode> ODD_NUMBERS = List.of(
            JSON.numberNode(0),
            JSON.numberNode(-1),
            JSON.numberNode(1),
            JSON.numberNode(50),
            JSON.numberNode(51),
            JSON.numberNode(4_096),
            JSON.numberNode(4_097),
            JSON.numberNode(Integer.MAX_VALUE),
            JSON.numberNode(Integer.MIN_VALUE),
            JSON.numberNode(1L << 31),
            JSON.numberNode(Long.MAX_VALUE),
            JSON.numberNode(Long.MIN_VALUE),
            JSON.numberNode(BigInteger.TWO.pow(64)),
            JSON.numberNode(BigInteger.TEN.pow(900)),
            JSON.numberNode(0.5),
            JSON.numberNode(-0.0),
            JSON.numberNode(2.0000001),
            JSON.numberNode(Double.MAX_VALUE),
            JSON.numberNode(Double.MIN_VALUE),
            JSON.numberNode(new BigDecimal("1E+400")),
            JSON.numberNode(new BigDecimal("1E-400")));

    private final JsonNode document;
    private final Map<String, List<JsonNode>> sensible;
    private final Random random;

    /**
     * @param document whose components references lead to
     * @param sensible values by property name that a service does something with
     */
    SchemaFuzzer(JsonNode document, Map<String, List<JsonNode>> sensible, Random random) {
        this.document = document;
        this.sensible = sensible;
        this.random = random;
    }

    /** @param oddness probability of each value in it to be none that the schema allows */
    JsonNode value(JsonNode schema, double oddness) {
        return value("", schema, oddness, 0);
    }

    /** The sensible values of that name, or an odd text. */
    String text(String name, double oddness) {
        return value(name, JSON.objectNode().put("type", "string"), oddness, 0).asText();
    }

    private JsonNode value(String name, JsonNode schema, double oddness, int depth) {
        if (random.nextDouble() < oddness) {
            return odd(depth);
        }
        if (sensible.containsKey(name) && random.nextInt(10) > 0) {
            return pick(sensible.get(name)).deepCopy();
        }
        if (schema.has("$ref")) {
            return value(name, document.at(schema.path("$ref").asText().substring(1)), oddness, depth);
        }
        for (String choice : List.of("anyOf", "oneOf")) {
            if (schema.has(choice)) {
                ArrayNode forms = (ArrayNode) schema.path(choice);
                return value(name, forms.get(random.nextInt(forms.size())), oddness, depth + 1);
            }
        }
        if (schema.has("enum")) {
            return schema.path("enum").get(random.nextInt(schema.path("enum").size()));
        }
        JsonNode type = schema.path("type");
        return ofType(
                type.isArray() ? type.get(random.nextInt(type.size())).asText() : type.asText(),
                schema,
                oddness,
                depth);
    }

    private JsonNode ofType(String type, JsonNode schema, double oddness, int depth) {
        return switch (type) {
            case "string" -> JSON.textNode(random.nextInt(8) == 0 ? pick(ODD_TEXTS) : "word" + random.nextInt(20));
            case "integer" -> JSON.numberNode(random.nextInt(1, 60));
            case "number" -> JSON.numberNode(random.nextDouble() * 2);
            case "boolean" -> JSON.booleanNode(random.nextBoolean());
            case "null" -> JSON.nullNode();
            case "array" -> array(schema.path("items"), oddness, depth);
            case "object" -> object(schema, oddness, depth);
            default -> JSON.nullNode();
        };
    }

    private JsonNode array(JsonNode items, double oddness, int depth) {
        ArrayNode array = JSON.arrayNode();
        int size = depth > MAX_DEPTH ? 0 : random.nextInt(4);
        for (int i = 0; i < size; i++) {
            array.add(value("", items, oddness, depth + 1));
        }
        return array;
    }

    private JsonNode object(JsonNode schema, double oddness, int depth) {
        ObjectNode object = JSON.objectNode();
        List<String> required = Stream.of(schema.path("required"))
                .flatMap(names -> names.valueStream())
                .map(JsonNode::asText)
                .toList();
        schema.path("properties").properties().forEach(property -> {
            boolean wanted = required.contains(property.getKey())
                    || (depth == 0 && sensible.containsKey(property.getKey()) && random.nextInt(20) > 0);
            if (wanted || (depth <= MAX_DEPTH && random.nextInt(4) == 0)) {
                object.set(property.getKey(), value(property.getKey(), property.getValue(), oddness, depth + 1));
            }
        });
        JsonNode others = schema.path("additionalProperties");
        if (others.isObject()) {
            object.set("field" + random.nextInt(3), value("", others, oddness, depth + 1));
        }
        if (random.nextDouble() < oddness / 2) {
            object.set(pick(ODD_TEXTS), odd(depth));
        }
        if (random.nextDouble() < oddness && !object.isEmpty()) {
            var names = new ArrayList<String>();
            object.fieldNames().forEachRemaining(names::add);
            object.remove(pick(names));
        }
        return object;
    }

    private JsonNode odd(int depth) {
        return switch (random.nextInt(9)) {
            case 0 -> JSON.nullNode();
            case 1, 2 -> pick(ODD_NUMBERS);
            case 3, 4 -> JSON.textNode(pick(ODD_TEXTS));
            case 5 -> JSON.textNode("x".repeat(1 << random.nextInt(4, 17)));
            case 6 -> JSON.booleanNode(random.nextBoolean());
            case 7 -> deep(depth == 0 ? 200 : 1 << random.nextInt(1, 8));
            default ->
                JSON.arrayNode().add(JSON.objectNode()).add(JSON.nullNode()).add("x");
        };
    }

    private JsonNode deep(int levels) {
        JsonNode inner = JSON.arrayNode();
        boolean named = random.nextBoolean();
        for (int i = 0; i < levels; i++) {
            inner = named
                    ? JSON.objectNode().set("not", inner)
                    : JSON.arrayNode().add(inner);
        }
        return inner;
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
