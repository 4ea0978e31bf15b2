package dev.siskin.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The one JSON mapper of the project: snake_case, unknown fields refused, dates as RFC 3339, no
 * coercion of a number into a string or the other way round.
 */
public final class Json {
    /** Deepest nesting of a request; a filter of depth 10 needs about 25. */
    public static final int MAX_DEPTH = 64;

    public static final JsonMapper MAPPER = JsonMapper.builder(com.fasterxml.jackson.core.JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(64 * 1024 * 1024)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .addModule(new JavaTimeModule())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(com.fasterxml.jackson.databind.MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .withCoercionConfig(
                    LogicalType.Textual,
                    text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    /** Where the library's messages begin to speak of its own settings and sources. */
    private static final Pattern LIBRARY_WORDS =
            Pattern.compile(" \\(start marker at .*|: enable `.*|, from `.*|: was expecting .*|: expected a valid .*");

    private Json() {}

    /**
     * Says in one line what is wrong with a JSON text, naming the field and never quoting the
     * library's class names.
     */
    public static String explain(JsonProcessingException failure) {
        String where = failure instanceof JsonMappingException mapping ? pathOf(mapping) : "";
        if (failure instanceof UnrecognizedPropertyException unknown) {
            String known = unknown.getKnownPropertyIds() == null
                    ? ""
                    : unknown.getKnownPropertyIds().stream()
                            .map(Object::toString)
                            .sorted()
                            .collect(Collectors.joining(", "));
            return "unknown field '" + where + "'; known fields here: " + known;
        }
        if (failure instanceof InvalidFormatException format && format.getTargetType() != String.class) {
            return "field '" + where + "' has an impossible value: " + quoted(String.valueOf(format.getValue()));
        }
        if (failure instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
            if (!where.isEmpty()) {
                return "field '" + where + "' must be " + describe(mismatch.getTargetType());
            }
            return failure.getOriginalMessage().startsWith("Trailing token")
                    ? "malformed JSON: more text follows the end of the value" + place(failure)
                    : "must be a JSON object";
        }
        if (failure instanceof JsonMappingException && failure.getCause() instanceof IllegalArgumentException cause) {
            return (where.isEmpty() ? "" : "field '" + where + "': ") + cause.getMessage();
        }
        return "malformed JSON: " + inOurWords(failure.getOriginalMessage()) + place(failure);
    }

    /** The field of the outermost object that the failure is in, where it is in one. */
    public static Optional<String> field(JsonProcessingException failure) {
        return failure instanceof JsonMappingException mapping
                ? mapping.getPath().stream().findFirst().map(JsonMappingException.Reference::getFieldName)
                : Optional.empty();
    }

    private static String place(JsonProcessingException failure) {
        var location = failure.getLocation();
        return location == null ? "" : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
    }

    private static String pathOf(JsonMappingException failure) {
        var path = new StringBuilder();
        for (JsonMappingException.Reference step : failure.getPath()) {
            if (step.getFieldName() != null) {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            } else {
                path.append('[').append(step.getIndex()).append(']');
            }
        }
        return path.toString();
    }

    private static String describe(Class<?> type) {
        if (type == String.class) {
            return "a string";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
            return "a number that fits";
        }
        if (type.isArray() || Iterable.class.isAssignableFrom(type)) {
            return "an array";
        }
        return "an object";
    }

    private static String quoted(String value) {
        return "'" + (value.length() > 80 ? value.substring(0, 80) + "…" : value) + "'";
    }

    private static String inOurWords(String message) {
        int end = message.indexOf('\n');
        return LIBRARY_WORDS
                .matcher(end < 0 ? message : message.substring(0, end))
                .replaceFirst("");
    }
}
