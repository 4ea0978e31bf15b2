package dev.siskin.indexer.reading;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * The YAML between two lines of dashes with which a Markdown file may begin. Its fields become metadata as strings,
 * dates and lists of strings: a field must have one type in a whole collection, and {@code version: 2} in one file is
 * {@code version: 2.0.1} in the next. What is nested is left out.
 */
record FrontMatter(Optional<String> title, Map<String, Object> metadata) {
    static final FrontMatter NONE = new FrontMatter(Optional.empty(), Map.of());
    static final int MAX_CHARS = 64 * 1024;

    /** Of the text between the lines of dashes; none where that is no mapping. */
    static FrontMatter of(String yaml) {
        try {
            var options = new LoaderOptions();
            options.setCodePointLimit(MAX_CHARS);
            options.setAllowDuplicateKeys(true);
            var yamlOfStrings = new Yaml(
                    new SafeConstructor(options),
                    new Representer(new DumperOptions()),
                    new DumperOptions(),
                    options,
                    new StringsAndDates());
            return yamlOfStrings.load(yaml) instanceof Map<?, ?> fields ? of(fields) : NONE;
        } catch (RuntimeException broken) {
            // Beside its own exceptions the parser throws what numbers and dates that are none lead to.
            return NONE;
        }
    }

    /** Scalars as they are written, and dates: {@code 1.10} is no number, nor {@code no} a boolean. */
    private static final class StringsAndDates extends Resolver {
        @Override
        protected void addImplicitResolvers() {
            addImplicitResolver(Tag.NULL, NULL, "~nN\0");
            addImplicitResolver(Tag.NULL, EMPTY, null);
            addImplicitResolver(Tag.TIMESTAMP, TIMESTAMP, "0123456789");
        }
    }

    private static FrontMatter of(Map<?, ?> fields) {
        Optional<String> title = Optional.empty();
        Map<String, Object> metadata = new TreeMap<>();
        for (Map.Entry<?, ?> field : fields.entrySet()) {
            String name = String.valueOf(field.getKey()).toLowerCase(Locale.ROOT);
            Optional<Object> value = value(field.getValue());
            if (name.equals("title")) {
                title = value.map(String::valueOf);
            } else {
                value.ifPresent(known -> metadata.put(name, known));
            }
        }
        return new FrontMatter(title, metadata);
    }

    private static Optional<Object> value(@Nullable Object value) {
        return switch (value) {
            case null -> Optional.empty();
            case Map<?, ?> _ -> Optional.empty();
            case Collection<?> list -> strings(list);
            default -> scalar(value).map(Object.class::cast);
        };
    }

    private static Optional<Object> strings(Collection<?> list) {
        List<String> strings =
                list.stream().flatMap(item -> scalar(item).stream()).toList();
        return strings.isEmpty() ? Optional.empty() : Optional.of(strings);
    }

    private static Optional<String> scalar(@Nullable Object value) {
        return switch (value) {
            case null -> Optional.empty();
            case Date date -> Optional.of(text(date));
            case String text -> Optional.of(text.strip()).filter(stripped -> !stripped.isEmpty());
            case Number number -> Optional.of(number.toString());
            case Boolean truth -> Optional.of(truth.toString());
            default -> Optional.empty();
        };
    }

    /** A day where it is one, else a time. */
    private static String text(Date date) {
        var instant = date.toInstant();
        LocalDate day = LocalDate.ofInstant(instant, ZoneOffset.UTC);
        return day.atStartOfDay(ZoneOffset.UTC).toInstant().equals(instant) ? day.toString() : instant.toString();
    }
}
