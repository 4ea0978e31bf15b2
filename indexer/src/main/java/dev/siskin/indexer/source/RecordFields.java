package dev.siskin.indexer.source;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which fields of a JSON record are the document's id, title, text and metadata. Several may be named for each: of id and
 * title the first that a record has is taken, of text all, in this order.
 */
public record RecordFields(List<String> id, List<String> title, List<String> text, List<String> metadata) {
    /** As BEIR's corpora and most others call them. */
    public static final RecordFields DEFAULTS =
            new RecordFields(List.of("_id", "id"), List.of("title"), List.of("text", "content", "body"), List.of());

    private static final List<String> KEYS = List.of("id", "title", "text", "metadata");

    /**
     * The defaults, with some replaced.
     *
     * @param mappings such as {@code text=abstract,body}
     * @throws IllegalArgumentException naming a mapping that is none
     */
    public static RecordFields of(List<String> mappings) {
        Map<String, List<String>> named = new HashMap<>();
        for (String mapping : mappings) {
            int equals = mapping.indexOf('=');
            String key = mapping.substring(0, Math.max(0, equals));
            List<String> fields = Arrays.stream(mapping.substring(equals + 1).split(","))
                    .map(String::strip)
                    .filter(field -> !field.isEmpty())
                    .toList();
            if (!KEYS.contains(key) || fields.isEmpty()) {
                throw new IllegalArgumentException(
                        "must be one of %s, '=', and names of fields: '%s'".formatted(KEYS, mapping));
            }
            named.put(key, fields);
        }
        return new RecordFields(
                named.getOrDefault("id", DEFAULTS.id),
                named.getOrDefault("title", DEFAULTS.title),
                named.getOrDefault("text", DEFAULTS.text),
                named.getOrDefault("metadata", DEFAULTS.metadata));
    }

    /** A record's id: a string or a number. */
    public Optional<String> idOf(JsonNode record) {
        return id.stream()
                .map(record::path)
                .filter(JsonNode::isValueNode)
                .map(JsonNode::asText)
                .filter(text -> !text.isBlank() && !text.equals("null"))
                .findFirst();
    }

    /** A record's title. */
    public Optional<String> titleOf(JsonNode record) {
        return title.stream()
                .map(name -> record.path(name).asText("").strip())
                .filter(text -> !text.isEmpty())
                .findFirst();
    }
}
