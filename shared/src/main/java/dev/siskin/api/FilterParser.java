package dev.siskin.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a {@link Filter} from its JSON form, counting clauses and depth on the way. */
final class FilterParser {
    private int clauses;

    /** @throws IllegalArgumentException naming the operator that is wrong, or the cap that is passed */
    Filter parse(JsonNode node) {
        return node.isObject() && node.isEmpty() ? new Filter.All() : parse(node, 1);
    }

    private Filter parse(JsonNode node, int depth) {
        if (depth > Filter.MAX_DEPTH) {
            throw new IllegalArgumentException("filter nests deeper than " + Filter.MAX_DEPTH);
        }
        if (++clauses > Filter.MAX_CLAUSES) {
            throw new IllegalArgumentException("filter has more than " + Filter.MAX_CLAUSES + " clauses");
        }
        if (!node.isObject() || node.size() != 1) {
            throw new IllegalArgumentException(
                    "each filter is an object with one operator: eq, in, range, exists," + " prefix, and, or, not");
        }
        Map.Entry<String, JsonNode> entry = node.properties().iterator().next();
        JsonNode operand = entry.getValue();
        return switch (entry.getKey()) {
            case "eq" -> equal(operand);
            case "in" -> in(operand);
            case "range" -> range(operand);
            case "exists" -> new Filter.Exists(text("exists", operand));
            case "prefix" -> prefix(operand);
            case "and" -> new Filter.And(list("and", operand, depth));
            case "or" -> new Filter.Or(list("or", operand, depth));
            case "not" -> new Filter.Not(parse(operand, depth + 1));
            default ->
                throw new IllegalArgumentException("unknown filter operator '" + entry.getKey()
                        + "'; known: eq, in, range, exists, prefix, and, or, not");
        };
    }

    private static Filter equal(JsonNode operand) {
        Map.Entry<String, JsonNode> field = field("eq", operand);
        return new Filter.Equal(field.getKey(), scalar("eq", field.getValue()));
    }

    private static Filter in(JsonNode operand) {
        Map.Entry<String, JsonNode> field = field("in", operand);
        if (!field.getValue().isArray()) {
            throw new IllegalArgumentException("filter 'in' needs an array of values");
        }
        if (field.getValue().size() > 1024) {
            throw new IllegalArgumentException("filter 'in' takes at most 1024 values, got "
                    + field.getValue().size());
        }
        var values = new ArrayList<Object>();
        field.getValue().forEach(value -> values.add(scalar("in", value)));
        return new Filter.In(field.getKey(), List.copyOf(values));
    }

    private static Filter range(JsonNode operand) {
        Map.Entry<String, JsonNode> field = field("range", operand);
        JsonNode bounds = field.getValue();
        if (!bounds.isObject() || bounds.isEmpty()) {
            throw new IllegalArgumentException("filter 'range' needs at least one of gt, gte, lt, lte");
        }
        for (Map.Entry<String, JsonNode> bound : bounds.properties()) {
            if (!List.of("gt", "gte", "lt", "lte").contains(bound.getKey())) {
                throw new IllegalArgumentException(
                        "filter 'range' knows gt, gte, lt, lte, not '" + bound.getKey() + "'");
            }
        }
        return new Filter.Range(
                field.getKey(), bound(bounds, "gt"), bound(bounds, "gte"), bound(bounds, "lt"), bound(bounds, "lte"));
    }

    private static @Nullable Object bound(JsonNode bounds, String name) {
        JsonNode bound = bounds.get(name);
        if (bound == null) {
            return null;
        }
        if (!bound.isNumber() && !bound.isTextual()) {
            throw new IllegalArgumentException(
                    "filter 'range' compares numbers or RFC 3339 dates; " + name + "=" + bound);
        }
        return scalar("range", bound);
    }

    private static Filter prefix(JsonNode operand) {
        Map.Entry<String, JsonNode> field = field("prefix", operand);
        return new Filter.Prefix(field.getKey(), text("prefix", field.getValue()));
    }

    private List<Filter> list(String operator, JsonNode operand, int depth) {
        if (!operand.isArray() || operand.isEmpty()) {
            throw new IllegalArgumentException("filter '" + operator + "' needs an array of filters");
        }
        var filters = new ArrayList<Filter>();
        for (JsonNode clause : operand) {
            filters.add(parse(clause, depth + 1));
        }
        return List.copyOf(filters);
    }

    private static Map.Entry<String, JsonNode> field(String operator, JsonNode operand) {
        if (!operand.isObject() || operand.size() != 1) {
            throw new IllegalArgumentException(
                    "filter '" + operator + "' names one field: {\"" + operator + "\":{\"field\":…}}");
        }
        return operand.properties().iterator().next();
    }

    private static String text(String operator, JsonNode value) {
        if (!value.isTextual()) {
            throw new IllegalArgumentException("filter '" + operator + "' needs a string, got " + value);
        }
        return value.textValue();
    }

    private static Object scalar(String operator, JsonNode value) {
        if (value.isTextual()) {
            return value.textValue();
        }
        if (value.isBoolean()) {
            return value.booleanValue();
        }
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            return value.longValue();
        }
        if (value.isNumber()) {
            if (!Double.isFinite(value.doubleValue())) {
                throw new IllegalArgumentException("filter '%s' takes a number of at most %s, got %s"
                        .formatted(operator, Double.MAX_VALUE, value));
            }
            return value.doubleValue();
        }
        throw new IllegalArgumentException(
                "filter '" + operator + "' compares strings, numbers and booleans, got " + value);
    }
}
