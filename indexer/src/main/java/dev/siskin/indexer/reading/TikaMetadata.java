package dev.siskin.indexer.reading;

import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.Property;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.mime.MediaType;
import org.jspecify.annotations.Nullable;

/** What a document says of itself, as Tika's parsers found it: title, authors, dates, language. */
final class TikaMetadata {
    private static final Pattern UNSEEN = Pattern.compile("[\\u00ad\\ufeff\\u200b\\x00-\\x08\\x0e-\\x1f]");
    private static final Instant EARLIEST = Instant.parse("1900-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("2100-01-01T00:00:00Z");

    /** In the languages whose programs are met most. */
    private static final Pattern MADE_UP_TITLE = Pattern.compile(
            "untitled([- ]?\\d*|[- ]document)|no title|title"
                    + "|(new )?(document|presentation|dokument|présentation|slide|folie|diapositive) ?\\d*"
                    + "|(microsoft )?power ?point[- ](presentation|präsentation)|présentation powerpoint"
                    + "|(microsoft (word|excel|powerpoint)|print|printmgr file) - .*"
                    + "|.*\\.(docx?|dotx?|rtf|odt|pptx?|odp|xlsx?|ods|tex|dvi|e?ps|indd|qxd|p65|tmp)"
                    + "|\\S+\\.(pdf|txt|html?)",
            Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

    /** When Office's own templates were made, which it gives as the date of what is made with them. */
    private static final Set<Instant> OF_TEMPLATES =
            Set.of(Instant.parse("2006-09-16T00:00:00Z"), Instant.parse("2006-08-16T00:00:00Z"));

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
        Optional<String> title = title(found)
                .or(() -> line(found.get(TikaCoreProperties.SUBJECT)).filter(_ -> isMail(type)))
                .or(() -> firstHeading);
        return new DocumentHead(title, type.toString().toLowerCase(Locale.ROOT), metadata);
    }

    /** The title that somebody gave; none where a program made it up, or it is a file's name. */
    static Optional<String> title(Metadata found) {
        return line(found.get(TikaCoreProperties.TITLE))
                .filter(title -> title.codePoints()
                                .filter(Character::isLetterOrDigit)
                                .limit(2)
                                .count()
                        > 1)
                .filter(title -> !MADE_UP_TITLE.matcher(title).matches());
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

    static Optional<String> date(Metadata found, Property property) {
        return Optional.ofNullable(found.getDate(property))
                .map(Date::toInstant)
                .filter(instant -> instant.isAfter(EARLIEST) && instant.isBefore(LATEST))
                .filter(instant -> !OF_TEMPLATES.contains(instant))
                .map(Instant::toString);
    }

    private static Optional<String> language(Metadata found) {
        return line(found.get(TikaCoreProperties.LANGUAGE))
                .or(() -> line(found.get("Content-Language")))
                .map(language -> language.toLowerCase(Locale.ROOT))
                .filter(language -> language.matches("[a-z]{2,3}([-_][a-z0-9]{2,8})*"));
    }

    /** In one line, without what cannot be seen; empty where nothing is left. */
    static Optional<String> line(@Nullable String value) {
        return Optional.ofNullable(value)
                .map(text -> UNSEEN.matcher(text)
                        .replaceAll("")
                        .replaceAll("\\s+", " ")
                        .strip())
                .filter(text -> !text.isEmpty());
    }
}
