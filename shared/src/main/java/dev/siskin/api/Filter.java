package dev.siskin.api;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A condition on document metadata: {@code {"eq":{"lang":"en"}}}, {@code {"in":{"lang":["en","de"]}}},
 * {@code {"range":{"year":{"gte":2020,"lt":2026}}}}, {@code {"exists":"year"}}, {@code {"prefix":{"path":"docs/"}}},
 * {@code {"and":[…]}}, {@code {"or":[…]}}, {@code {"not":…}}. An empty object matches everything.
 */
@JsonDeserialize(using = Filter.Reader.class)
@JsonSerialize(using = Filter.Writer.class)
public sealed interface Filter {
    /** Deepest nesting accepted. */
    int MAX_DEPTH = 10;

    /** Most clauses accepted. */
    int MAX_CLAUSES = 64;

    /** Matches every document. */
    record All() implements Filter {}

    /** The field holds this string, number or boolean (or, an array, has it among its strings). */
    record Equal(String field, Object value) implements Filter {}

    /** The field holds one of these. */
    record In(String field, List<Object> values) implements Filter {}

    /** The field's number or date lies within the bounds given. */
    record Range(
            String field,
            @Nullable Object gt,
            @Nullable Object gte,
            @Nullable Object lt,
            @Nullable Object lte) implements Filter {}

    /** The document has the field. */
    record Exists(String field) implements Filter {}

    /** The field's string starts with this. */
    record Prefix(String field, String prefix) implements Filter {}

    /** All hold. */
    record And(List<Filter> clauses) implements Filter {}

    /** At least one holds. */
    record Or(List<Filter> clauses) implements Filter {}

    /** The clause does not hold. */
    record Not(Filter clause) implements Filter {}

    /** Reads the forms above; an unknown operator, a wrong shape or too complex a filter is an error that names it. */
    final class Reader extends StdDeserializer<Filter> {
        Reader() {
            super(Filter.class);
        }

        @Override
        public Filter deserialize(JsonParser json, DeserializationContext context) throws IOException {
            JsonNode node = context.readTree(json);
            try {
                return new FilterParser().parse(node);
            } catch (IllegalArgumentException invalid) {
                throw JsonMappingException.from(json, String.valueOf(invalid.getMessage()), invalid);
            }
        }
    }

    /** Writes the form that the reader reads. */
    final class Writer extends StdSerializer<Filter> {
        Writer() {
            super(Filter.class);
        }

        @Override
        public void serialize(Filter filter, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writePOJO(tree(filter));
        }

        private static Object tree(Filter filter) {
            return switch (filter) {
                case All() -> Map.of();
                case Equal(String field, Object value) -> Map.of("eq", Map.of(field, value));
                case In(String field, List<Object> values) -> Map.of("in", Map.of(field, values));
                case Range range -> Map.of("range", Map.of(range.field(), bounds(range)));
                case Exists(String field) -> Map.of("exists", field);
                case Prefix(String field, String prefix) -> Map.of("prefix", Map.of(field, prefix));
                case And(List<Filter> clauses) -> Map.of("and", trees(clauses));
                case Or(List<Filter> clauses) -> Map.of("or", trees(clauses));
                case Not(Filter clause) -> Map.of("not", tree(clause));
            };
        }

        private static List<Object> trees(List<Filter> clauses) {
            var trees = new ArrayList<>();
            clauses.forEach(clause -> trees.add(tree(clause)));
            return trees;
        }

        private static Map<String, Object> bounds(Range range) {
            var bounds = new java.util.LinkedHashMap<String, Object>();
            put(bounds, "gt", range.gt());
            put(bounds, "gte", range.gte());
            put(bounds, "lt", range.lt());
            put(bounds, "lte", range.lte());
            return bounds;
        }

        private static void put(Map<String, Object> bounds, String name, @Nullable Object bound) {
            if (bound != null) {
                bounds.put(name, bound);
            }
        }
    }
}
