package dev.siskin.indexer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Document;
import dev.siskin.api.Json;
import dev.siskin.indexer.progress.Retry;
import dev.siskin.indexer.reading.DocumentHead;
import dev.siskin.indexer.reading.UnreadableDocumentException;
import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A document's metadata: what it says of itself, then what the file beside it says, then what the user says of all of them,
 * then where it lies; the later one counts.
 */
final class DocumentMetadata {
    private static final long MAX_SIDECAR_BYTES = 64 * 1024;

    /** Of what documents say of themselves, which is anything. */
    private static final int MAX_CHARS = 1000;

    private static final int MAX_NAME_CHARS = 256;

    private final Map<String, Object> ofAll;

    /** @param ofAll what the user says of all documents */
    DocumentMetadata(Map<String, String> ofAll) {
        this.ofAll = new TreeMap<>(ofAll);
    }

    /**
     * What is said of a document beside it.
     *
     * @throws UnreadableDocumentException if the file that says it cannot be understood
     */
    Map<String, Object> of(SourceFile file) throws UnreadableDocumentException {
        Optional<Path> sidecar = Sources.sidecar(file);
        if (sidecar.isEmpty()) {
            return ofAll;
        }
        Map<String, Object> all = new TreeMap<>(sidecar(sidecar.get()));
        all.putAll(ofAll);
        return all;
    }

    private static Map<String, Object> sidecar(Path sidecar) throws UnreadableDocumentException {
        String name = String.valueOf(sidecar.getFileName());
        JsonNode json;
        try {
            if (Files.size(sidecar) > MAX_SIDECAR_BYTES) {
                throw wrong(name, "has more than %,d bytes".formatted(MAX_SIDECAR_BYTES));
            }
            json = Json.MAPPER.readTree(Files.readAllBytes(sidecar));
        } catch (JsonProcessingException malformed) {
            throw wrong(name, "is no JSON: " + Json.explain(malformed));
        } catch (IOException unreadable) {
            throw new UnreadableDocumentException(
                    "its metadata file %s cannot be read: %s".formatted(name, unreadable.getMessage()),
                    "correct that file",
                    Retry.ALWAYS);
        }
        if (!json.isObject()) {
            throw wrong(name, "is no JSON object");
        }
        Map<String, Object> fields = new TreeMap<>();
        for (Map.Entry<String, JsonNode> field : json.properties()) {
            fields.put(
                    field.getKey(),
                    value(field.getValue())
                            .orElseThrow(() -> wrong(
                                    name,
                                    "has a field '%s' that is no string, number, boolean or array of strings"
                                            .formatted(field.getKey()))));
        }
        return fields;
    }

    private static UnreadableDocumentException wrong(String name, String what) {
        return new UnreadableDocumentException("its metadata file %s %s".formatted(name, what), "correct that file");
    }

    private static Optional<Object> value(JsonNode value) {
        if (value.isTextual()) {
            return Optional.of(value.textValue());
        }
        if (value.isNumber()) {
            return Optional.of(value.numberValue());
        }
        if (value.isBoolean()) {
            return Optional.of(value.booleanValue());
        }
        if (value.isArray() && value.valueStream().allMatch(JsonNode::isTextual)) {
            return Optional.of(value.valueStream().map(JsonNode::textValue).toList());
        }
        return Optional.empty();
    }

    /** All that goes to the collection, at most as much as it takes. */
    static Map<String, Object> merged(SourceFile file, DocumentHead head, Map<String, Object> beside) {
        Map<String, Object> merged = new TreeMap<>(beside);
        merged.put("source", file.source());
        merged.put("path", file.relativePath());
        merged.put("mime_type", head.mimeType());
        if (!file.extension().isEmpty()) {
            merged.put("extension", file.extension());
        }
        head.metadata().forEach((name, value) -> {
            if (merged.size() < Document.MAX_METADATA_FIELDS && !name.isBlank() && name.length() <= MAX_NAME_CHARS) {
                merged.putIfAbsent(name, shortened(value));
            }
        });
        return merged;
    }

    private static Object shortened(Object value) {
        return switch (value) {
            case String text when text.length() > MAX_CHARS -> text.substring(0, MAX_CHARS);
            case List<?> list ->
                list.stream().limit(MAX_CHARS).map(DocumentMetadata::shortened).toList();
            default -> value;
        };
    }
}
