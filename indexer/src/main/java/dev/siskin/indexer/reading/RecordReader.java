package dev.siskin.indexer.reading;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.indexer.progress.Retry;
import dev.siskin.indexer.source.JsonRecord;
import dev.siskin.indexer.source.RecordContent;
import dev.siskin.indexer.source.RecordFields;
import dev.siskin.indexer.source.TimedReads;
import java.io.CharArrayReader;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.nio.CharBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.tika.exception.WriteLimitReachedException;

/** A record of a JSONL file: its text as paragraphs, the fields asked for and those of its {@code metadata} as metadata. */
final class RecordReader {
    private static final String MIME_TYPE = "application/json";
    private static final String METADATA = "metadata";
    private static final String PARAGRAPH_BREAK = "\n\n";

    private RecordReader() {}

    /** @throws UnreadableDocumentException where it is not what it was when it was found */
    static void read(Path file, JsonRecord record, TimedReads reads, int partChars, int maxChars, PartSink sink)
            throws IOException, UnreadableDocumentException, WriteLimitReachedException, InterruptedException {
        RecordContent content = content(file, record, reads);
        JsonNode json = content.fields();
        Optional<String> title = record.fields().titleOf(json);
        var head = new DocumentHead(title, MIME_TYPE, metadata(json, record));
        List<Reader> texts = texts(content, record);
        Reader text = texts.isEmpty() ? new StringReader(title.orElse("")) : new Joined(texts);
        PlainTextReader.read(text, head, Block.Kind.PROSE, partChars, maxChars, sink);
    }

    private static RecordContent content(Path file, JsonRecord record, TimedReads reads)
            throws IOException, UnreadableDocumentException {
        RecordFields names = record.fields();
        try (InputStream in = record.open(file, reads)) {
            return RecordContent.read(
                            in,
                            field -> field.equals(METADATA)
                                    || names.title().contains(field)
                                    || names.metadata().contains(field),
                            field -> names.text().contains(field))
                    .orElseThrow(() -> changed("it is empty"));
        } catch (JsonProcessingException malformed) {
            throw changed(Json.explain(malformed));
        } catch (CharConversionException malformed) {
            throw changed("it is not in UTF-8");
        } catch (RecordContent.NoObjectException other) {
            throw changed(String.valueOf(other.getMessage()));
        }
    }

    private static UnreadableDocumentException changed(String how) {
        return new UnreadableDocumentException("is no JSON record any more: " + how, "run again", Retry.ALWAYS);
    }

    /** Those of the fields that hold the text, in their order, as paragraphs of their own; without copying them. */
    private static List<Reader> texts(RecordContent content, JsonRecord record) {
        List<Reader> texts = new ArrayList<>();
        for (String name : record.fields().text()) {
            CharBuffer text = content.texts().getOrDefault(name, CharBuffer.allocate(0));
            String value = content.fields().path(name).asText("");
            if (!isBlank(text)) {
                add(new CharArrayReader(text.array(), text.arrayOffset(), text.length()), texts);
            } else if (!value.isBlank()) {
                add(new StringReader(value), texts);
            }
        }
        return texts;
    }

    private static void add(Reader text, List<Reader> texts) {
        if (!texts.isEmpty()) {
            texts.add(new StringReader(PARAGRAPH_BREAK));
        }
        texts.add(text);
    }

    private static boolean isBlank(CharBuffer text) {
        return text.chars().allMatch(Character::isWhitespace);
    }

    /** Readers one after the other. */
    private static final class Joined extends Reader {
        private final Iterator<Reader> rest;
        private Reader now = Reader.nullReader();

        Joined(List<Reader> readers) {
            rest = readers.iterator();
        }

        @Override
        public int read(char[] buffer, int offset, int length) throws IOException {
            int read = now.read(buffer, offset, length);
            while (read < 0 && rest.hasNext()) {
                now = rest.next();
                read = now.read(buffer, offset, length);
            }
            return read;
        }

        /** They hold nothing open. */
        @Override
        public void close() {}
    }

    private static Map<String, Object> metadata(JsonNode json, JsonRecord record) {
        Map<String, Object> metadata = new TreeMap<>();
        json.path(METADATA).properties().forEach(field -> put(metadata, field.getKey(), field.getValue()));
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
