package dev.siskin.retrieval.collection;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a metadata field holds; decided by its first value in the collection. */
public enum MetadataType {
    /** A string, or an array of them. */
    @JsonProperty("string")
    STRING,
    /** A whole or decimal number; ranges compare as float64. */
    @JsonProperty("number")
    NUMBER,
    @JsonProperty("boolean")
    BOOLEAN,
    /** RFC 3339, {@code 2026-01-31} or {@code 2026-01-31T12:00:00Z}; to the microsecond. */
    @JsonProperty("date")
    DATE;

    /** Longest string that can be filtered by, UTF-8 bytes. */
    public static final int MAX_STRING_BYTES = 8192;

    /** The type of a first value; empty where it is none of them. */
    static Optional<MetadataType> of(@Nullable Object value) {
        return switch (value) {
            case String text -> Optional.of(instant(text).isPresent() ? DATE : STRING);
            case Number number -> Optional.of(NUMBER);
            case Boolean truth -> Optional.of(BOOLEAN);
            case List<?> list when list.stream().allMatch(String.class::isInstance) -> Optional.of(STRING);
            case null, default -> Optional.empty();
        };
    }

    /** Whether a field of this type may hold the value. */
    boolean holds(@Nullable Object value) {
        return switch (this) {
            case STRING ->
                value instanceof String
                        || (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance));
            case NUMBER -> value instanceof Number;
            case BOOLEAN -> value instanceof Boolean;
            case DATE -> value instanceof String text && instant(text).isPresent();
        };
    }

    /** The one spelling of a value by which it is found; empty where a field of this type cannot hold it. */
    public Optional<String> term(Object value) {
        if (value instanceof List<?> || !holds(value)) {
            return Optional.empty();
        }
        return switch (this) {
            case STRING, BOOLEAN -> Optional.of(value.toString());
            case NUMBER ->
                Optional.of(
                        new BigDecimal(value.toString()).stripTrailingZeros().toPlainString());
            case DATE -> instant((String) value).map(Instant::toString);
        };
    }

    /** Microseconds since 1970 of a date. */
    public static Optional<Long> micros(Object value) {
        return value instanceof String text
                ? instant(text).map(at -> ChronoUnit.MICROS.between(Instant.EPOCH, at))
                : Optional.empty();
    }

    private static Optional<Instant> instant(String text) {
        if (text.length() < 10 || text.length() > 40 || text.charAt(4) != '-') {
            return Optional.empty();
        }
        try {
            Instant at = text.length() == 10
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : OffsetDateTime.parse(text.toUpperCase(Locale.ROOT)).toInstant();
            return Optional.of(at.truncatedTo(ChronoUnit.MICROS));
        } catch (DateTimeException notADate) {
            return Optional.empty();
        }
    }

    /** The name on the wire and in messages. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
