package dev.siskin.indexer.reading;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.indexer.source.JsonRecord;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.tika.exception.WriteLimitReachedException;

/** A record of a JSONL file: its text as paragraphs, the fields asked for and those of its {@code metadata} as metadata. */
final class RecordReader {
    private static final String MIME_TYPE = "application/json";

    private RecordReader() {}

    /** @throws UnreadableDocumentException where it is not what it was when it was found */
    static void read(Path file, JsonRecord record, int partChars, int maxChars, PartSink sink)
            throws IOException, UnreadableDocumentException, WriteLimitReachedException, InterruptedException {
        JsonNode json;
        try {
            json = Json.MAPPER.readTree(record.bytes(file));
        } catch (JsonProcessingException changed) {
            throw new UnreadableDocumentException("is no JSON any more: " + Json.explain(changed), "run again", true);
        }
        var head = new DocumentHead(record.fields().titleOf(json), MIME_TYPE, metadata(json, record));
        String text = record.fields().textOf(json);
        String titleOrText = text.isBlank() ? head.title().orElse("") : text;
        PlainTextReader.read(new StringReader(titleOrText), head, Block.Kind.PROSE, partChars, maxChars, sink);
    }

    private static Map<String, Object> metadata(JsonNode json, JsonRecord record) {
        Map<String, Object> metadata = new TreeMap<>();
        json.path("metadata").properties().forEach(field -> put(metadata, field.getKey(), field.getValue()));
        for (String name : record.fields().metadata()) {
            put(metadata, name, json.path(name));
        }
        return metadata;
    }

    private static void put(Map<String, Object> metadata, String name, JsonNode value) {
        if (value.isTextual() && !value.textValue().isBlank()) {
            metadata.put(name, value.textValue());
        } else if (value.isNumber()) {
            metadata.put(name, value.numberValue());
        } else if (value.isBoolean()) {
            metadata.put(name, value.booleanValue());
        } else if (value.isArray()) {
            List<String> strings = new ArrayList<>();
            value.forEach(item -> {
                if (item.isTextual()) {
                    strings.add(item.textValue());
                }
            });
            if (!strings.isEmpty()) {
                metadata.put(name, strings);
            }
        }
    }
}
