package dev.siskin.indexer.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.siskin.api.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.CharBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What is asked for of a JSON record. The rest is parsed and not kept, so that memory grows with what is asked for; a text
 * of n characters takes 4 n bytes while it is read and 2 n afterwards.
 *
 * @param fields that were asked for, of objects and arrays no more than {@value #MAX_ITEMS} values that are no objects
 *     themselves
 * @param texts strings that were asked for as texts, by field
 */
public record RecordContent(ObjectNode fields, Map<String, CharBuffer> texts) {
    private static final int MAX_ITEMS = 1000;

    /** Beyond, an array that a parser gives is not one that it uses again. */
    private static final int MAX_PARSER_BUFFER = 128 * 1024;

    /** Keeps no names: a record may have any number. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Json.MAX_DEPTH)
                    .maxStringLength(64 * 1024 * 1024)
                    .build())
            .build();

    /** Some JSON is not an object. */
    public static final class NoObjectException extends IOException {
        private static final long serialVersionUID = 1L;

        NoObjectException() {
            super("is no JSON object");
        }
    }

    /**
     * Reads an object to its end; empty where there is nothing.
     *
     * @param isField whether a field is asked for
     * @param isText whether a field is asked for as a text, where it is a string
     * @throws com.fasterxml.jackson.core.JsonProcessingException if it is no JSON
     * @throws java.io.CharConversionException if it is not in its encoding
     * @throws NoObjectException if it is JSON of another kind
     */
    public static Optional<RecordContent> read(InputStream json, Predicate<String> isField, Predicate<String> isText)
            throws IOException {
        try (JsonParser parser = FACTORY.createParser(json)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                return Optional.empty();
            }
            if (first != JsonToken.START_OBJECT) {
                throw new NoObjectException();
            }
            var content = new RecordContent(JsonNodeFactory.instance.objectNode(), new HashMap<>());
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                content.take(parser, isField, isText);
            }
            if (parser.nextToken() != null) {
                throw new JsonParseException(parser, "more text follows the end of the value");
            }
            return Optional.of(content);
        }
    }

    private void take(JsonParser parser, Predicate<String> isField, Predicate<String> isText) throws IOException {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (value == JsonToken.VALUE_STRING && isText.test(name)) {
            CharBuffer text = text(parser);
            texts.put(name, text);
            if (isField.test(name)) {
                fields.put(name, text.toString());
            }
        } else if (isField.test(name) || isText.test(name)) {
            fields.set(name, value(parser));
        } else {
            parser.skipChildren();
        }
    }

    private static CharBuffer text(JsonParser parser) throws IOException {
        char[] chars = parser.getTextCharacters();
        int from = parser.getTextOffset();
        int length = parser.getTextLength();
        boolean isOwn = length > MAX_PARSER_BUFFER && from == 0 && chars.length == length;
        return CharBuffer.wrap(isOwn ? chars : Arrays.copyOfRange(chars, from, from + length));
    }

    /** With what is directly in it. */
    private static JsonNode value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            default -> scalar(parser);
        };
    }

    private static ObjectNode object(JsonParser parser) throws IOException {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (object.size() == MAX_ITEMS || value == JsonToken.START_OBJECT) {
                parser.skipChildren();
            } else {
                object.set(name, value == JsonToken.START_ARRAY ? array(parser) : scalar(parser));
            }
        }
        return object;
    }

    private static ArrayNode array(JsonParser parser) throws IOException {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (array.size() == MAX_ITEMS || parser.currentToken().isStructStart()) {
                parser.skipChildren();
            } else {
                array.add(scalar(parser));
            }
        }
        return array;
    }

    private static JsonNode scalar(JsonParser parser) throws IOException {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (parser.currentToken()) {
            case VALUE_STRING -> nodes.textNode(parser.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser);
            case VALUE_TRUE -> nodes.booleanNode(true);
            case VALUE_FALSE -> nodes.booleanNode(false);
            default -> nodes.nullNode();
        };
    }

    private static JsonNode number(JsonParser parser) throws IOException {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (parser.getNumberType()) {
            case INT -> nodes.numberNode(parser.getIntValue());
            case LONG -> nodes.numberNode(parser.getLongValue());
            case BIG_INTEGER -> nodes.numberNode(parser.getBigIntegerValue());
            default -> nodes.numberNode(parser.getDoubleValue());
        };
    }
}
