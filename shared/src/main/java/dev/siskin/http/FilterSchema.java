package dev.siskin.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.siskin.api.Filter;
import dev.siskin.api.Json;

/** The schema of {@link Filter}, whose JSON form is written by hand: an object with one operator, or none. */
final class FilterSchema {
    private FilterSchema() {}

    /** @param self reference to the schema itself, for the clauses of {@code and}, {@code or}, {@code not} */
    static ObjectNode of(String self) {
        ObjectNode clause = object().put("$ref", self);
        ObjectNode clauses = typed("array").put("minItems", 1);
        clauses.set("items", clause);
        ObjectNode values = typed("array");
        values.set("items", scalar());

        ObjectNode filter = object().put(
                        "description",
                        "A condition on metadata: an object with one operator; the empty object matches everything."
                                + " At most " + Filter.MAX_DEPTH + " levels and " + Filter.MAX_CLAUSES + " clauses.");
        filter.putArray("oneOf")
                .add(typed("object").put("maxProperties", 0))
                .add(operator("eq", field(scalar())))
                .add(operator("in", field(values)))
                .add(operator("range", field(bounds())))
                .add(operator("exists", typed("string")))
                .add(operator("prefix", field(typed("string"))))
                .add(operator("and", clauses))
                .add(operator("or", clauses.deepCopy()))
                .add(operator("not", clause.deepCopy()));
        return filter;
    }

    private static ObjectNode operator(String name, ObjectNode operand) {
        ObjectNode form = typed("object");
        form.putObject("properties").set(name, operand);
        form.putArray("required").add(name);
        return form.put("additionalProperties", false);
    }

    /** One metadata field by its name, and what it is compared with. */
    private static ObjectNode field(ObjectNode operand) {
        ObjectNode field = typed("object").put("minProperties", 1).put("maxProperties", 1);
        field.set("additionalProperties", operand);
        return field;
    }

    private static ObjectNode bounds() {
        ObjectNode bounds = typed("object").put("minProperties", 1).put("additionalProperties", false);
        ObjectNode properties = bounds.putObject("properties");
        for (String bound : new String[] {"gt", "gte", "lt", "lte"}) {
            ObjectNode value = properties.putObject(bound);
            value.putArray("type").add("number").add("string");
            value.put("description", "a number or an RFC 3339 date");
        }
        return bounds;
    }

    private static ObjectNode scalar() {
        ObjectNode scalar = object();
        scalar.putArray("type").add("string").add("number").add("boolean");
        return scalar;
    }

    private static ObjectNode typed(String type) {
        return object().put("type", type);
    }

    private static ObjectNode object() {
        return Json.MAPPER.createObjectNode();
    }
}
