package dev.siskin.embedding;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.siskin.runtime.ModelDirectoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a model directory's {@code embedding.json} says of the model. Every field must be there unless it is marked
 * optional; a field not listed here is an error.
 *
 * <table>
 *   <caption>Fields of version 1</caption>
 *   <tr><th>field</th><th>type</th><th>meaning</th></tr>
 *   <tr><td>{@code version}</td><td>integer</td><td>of this format: 1</td></tr>
 *   <tr><td>{@code name}</td><td>string</td><td>{@code [a-z0-9][a-z0-9._-]{0,63}}: what collections call the model</td></tr>
 *   <tr><td>{@code dimensions}</td><td>integer</td><td>1 to 4,096: floats in a vector; equal to the last dimension of
 *       the graph's output</td></tr>
 *   <tr><td>{@code pooling}</td><td>string</td><td>{@code cls} or {@code mean}, see {@link Pooling}</td></tr>
 *   <tr><td>{@code query_prefix}</td><td>string</td><td>goes before a query as it is, spaces included; may be empty</td></tr>
 *   <tr><td>{@code passage_prefix}</td><td>string</td><td>goes before a passage as it is; may be empty</td></tr>
 *   <tr><td>{@code max_tokens}</td><td>integer</td><td>8 to 32,768: tokens the model takes, special tokens and prefix
 *       included; the rest of a longer text is left out</td></tr>
 *   <tr><td>{@code normalise}</td><td>boolean</td><td>whether vectors are scaled to length 1</td></tr>
 *   <tr><td>{@code model_sha256}</td><td>string, optional</td><td>64 hexadecimal digits: {@code model.onnx} as it was
 *       published; see {@link ModelDirectory#verify()}</td></tr>
 *   <tr><td>{@code tokenizer_sha256}</td><td>string, optional</td><td>the same for {@code tokenizer.json}</td></tr>
 * </table>
 */
public record EmbeddingManifest(
        String name,
        int dimensions,
        Pooling pooling,
        String queryPrefix,
        String passagePrefix,
        int maxTokens,
        boolean normalise,
        Optional<String> modelSha256,
        Optional<String> tokenizerSha256) {

    /** The format this class reads. */
    public static final int VERSION = 1;

    private static final Set<String> FIELDS = Set.of(
            "version",
            "name",
            "dimensions",
            "pooling",
            "query_prefix",
            "passage_prefix",
            "max_tokens",
            "normalise",
            "model_sha256",
            "tokenizer_sha256");
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** The prefix for an input of this kind. */
    public String prefix(EmbeddingInput input) {
        return switch (input) {
            case QUERY -> queryPrefix;
            case PASSAGE -> passagePrefix;
        };
    }

    /**
     * Reads and checks the file.
     *
     * @throws ModelDirectoryException if it is missing, is not JSON, has another version, or a field is unknown, missing
     *     or out of range
     */
    static EmbeddingManifest read(Path file) {
        return new Fields(file, parse(file)).toManifest();
    }

    private static JsonNode parse(Path file) {
        try {
            return JSON.readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new ModelDirectoryException("%s is not valid JSON: %s".formatted(file, e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new ModelDirectoryException("%s cannot be read: %s".formatted(file, e), e);
        }
    }

    /** The fields of one file, each checked when it is taken. */
    private record Fields(Path file, JsonNode root) {

        EmbeddingManifest toManifest() {
            if (!root.isObject()) {
                throw new ModelDirectoryException("%s must hold one JSON object".formatted(file));
            }
            // The version comes first: another version may have other fields, and its number is the better message.
            integer("version", VERSION, VERSION);
            root.fieldNames().forEachRemaining(this::known);
            return new EmbeddingManifest(
                    matching("name", NAME),
                    integer("dimensions", 1, 4_096),
                    pooling(),
                    string("query_prefix"),
                    string("passage_prefix"),
                    integer("max_tokens", 8, 32_768),
                    bool("normalise"),
                    root.has("model_sha256") ? Optional.of(matching("model_sha256", SHA256)) : Optional.empty(),
                    root.has("tokenizer_sha256")
                            ? Optional.of(matching("tokenizer_sha256", SHA256))
                            : Optional.empty());
        }

        private void known(String field) {
            if (!FIELDS.contains(field)) {
                throw new ModelDirectoryException("%s: unknown field %s; version %d has %s"
                        .formatted(
                                file, field, VERSION, FIELDS.stream().sorted().toList()));
            }
        }

        private int integer(String field, int least, int most) {
            JsonNode value = root.path(field);
            if (!value.isInt() || value.intValue() < least || value.intValue() > most) {
                throw wrong(field, least == most ? "" + least : "an integer from %d to %d".formatted(least, most));
            }
            return value.intValue();
        }

        private String string(String field) {
            if (!root.path(field).isTextual()) {
                throw wrong(field, "a string, which may be empty");
            }
            return root.path(field).textValue();
        }

        private String matching(String field, Pattern pattern) {
            if (!root.path(field).isTextual()
                    || !pattern.matcher(root.path(field).textValue()).matches()) {
                throw wrong(field, "a string matching " + pattern);
            }
            return root.path(field).textValue();
        }

        private boolean bool(String field) {
            if (!root.path(field).isBoolean()) {
                throw wrong(field, "true or false");
            }
            return root.path(field).booleanValue();
        }

        private Pooling pooling() {
            String value = root.path("pooling").asText();
            for (Pooling pooling : Pooling.values()) {
                if (pooling.name().toLowerCase(Locale.ROOT).equals(value)) {
                    return pooling;
                }
            }
            throw wrong("pooling", "\"cls\" or \"mean\"");
        }

        private ModelDirectoryException wrong(String field, String allowed) {
            String value = root.has(field) ? root.path(field).toString() : "(missing)";
            return new ModelDirectoryException(
                    "%s: %s must be %s: %s=%s".formatted(file, field, allowed, field, value));
        }
    }
}
