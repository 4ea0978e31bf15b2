package dev.siskin.indexer.reading;

import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.Property;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.mime.MediaType;

/** What a document says of itself, as Tika's parsers found it: title, authors, dates, language. */
final class TikaMetadata {
    private static final Instant EARLIEST = Instant.parse("1900-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("2100-01-01T00:00:00Z");

    private TikaMetadata() {}

    /** @param firstHeading the title of a document that names none */
    static DocumentHead head(Metadata found, MediaType type, Optional<String> firstHeading) {
        Map<String, Object> metadata = new TreeMap<>();
        List<String> authors = authors(found);
        if (!authors.isEmpty()) {
            metadata.put("author", authors.size() == 1 ? authors.getFirst() : authors);
        }
        date(found, TikaCoreProperties.CREATED).ifPresent(date -> metadata.put("created", date));
        date(found, TikaCoreProperties.MODIFIED).ifPresent(date -> metadata.put("modified", date));
        language(found).ifPresent(language -> metadata.put("language", language));
        Optional<String> title = line(found.get(TikaCoreProperties.TITLE))
                .or(() -> line(found.get(TikaCoreProperties.SUBJECT)).filter(_ -> isMail(type)));
        return new DocumentHead(title.or(() -> firstHeading), type.toString().toLowerCase(Locale.ROOT), metadata);
    }

    private static boolean isMail(MediaType type) {
        return type.toString().equals("message/rfc822") || type.toString().equals("application/vnd.ms-outlook");
    }

    private static List<String> authors(Metadata found) {
        return Arrays.stream(found.getValues(TikaCoreProperties.CREATOR))
                .flatMap(name -> line(name).stream())
                .distinct()
                .toList();
    }

    private static Optional<String> date(Metadata found, Property property) {
        return Optional.ofNullable(found.getDate(property))
                .map(Date::toInstant)
                .filter(instant -> instant.isAfter(EARLIEST) && instant.isBefore(LATEST))
                .map(Instant::toString);
    }

    private static Optional<String> language(Metadata found) {
        return line(found.get(TikaCoreProperties.LANGUAGE))
                .or(() -> line(found.get("Content-Language")))
                .map(language -> language.toLowerCase(Locale.ROOT))
                .filter(language -> language.matches("[a-z]{2,3}([-_][a-z0-9]{2,8})*"));
    }

    private static Optional<String> line(@org.jspecify.annotations.Nullable String value) {
        return Optional.ofNullable(value)
                .map(text -> text.replaceAll("\\s+", " ").strip())
                .filter(text -> !text.isEmpty());
    }
}
