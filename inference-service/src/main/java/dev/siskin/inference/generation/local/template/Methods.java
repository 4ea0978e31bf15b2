package dev.siskin.inference.generation.local.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** The methods that strings, lists and maps have in a template: those of Python that change nothing. */
final class Methods {
    private Methods() {}

    static Optional<Function> of(Object value, String name) {
        return switch (value) {
            case String text -> ofText(text, name);
            case Map<?, ?> map -> ofMap(map, name);
            case List<?> list -> ofList(list, name);
            default -> Optional.empty();
        };
    }

    private static Optional<Function> ofText(String text, String name) {
        @Nullable
        Function method = switch (name) {
            case "strip" -> (a, w) -> Text.stripLeft(Text.stripRight(text, chars(a)), chars(a));
            case "lstrip" -> (a, w) -> Text.stripLeft(text, chars(a));
            case "rstrip" -> (a, w) -> Text.stripRight(text, chars(a));
            case "upper" -> (a, w) -> text.toUpperCase(Locale.ROOT);
            case "lower" -> (a, w) -> text.toLowerCase(Locale.ROOT);
            case "title" -> (a, w) -> Text.title(text);
            case "capitalize" -> (a, w) -> Text.capitalized(text);
            case "startswith" -> (a, w) -> any(a, text, String::startsWith);
            case "endswith" -> (a, w) -> any(a, text, String::endsWith);
            case "split" -> (a, w) -> Text.split(text, a.text(0, "sep", ""), a.number(1, "maxsplit", -1), w);
            case "splitlines" ->
                (a, w) -> text.lines().<Object>map(line -> line).toList();
            case "replace" ->
                (a, w) -> Text.replace(
                        text,
                        Values.string(a.at(0, "old")),
                        Values.string(a.at(1, "new")),
                        a.number(2, "count", -1),
                        w);
            case "join" -> (a, w) -> Filters.join(Values.elements(a.at(0, "iterable"), w), text, w);
            case "find" ->
                (a, w) -> {
                    int at = Text.find(text, Values.string(a.at(0, "sub")), 0, w);
                    return (long) (at < 0 ? at : text.codePointCount(0, at));
                };
            case "count" ->
                (a, w) -> (long) Text.split(text, Values.string(a.at(0, "sub")), -1, w)
                                .size()
                        - 1;
            case "isdigit" -> (a, w) -> !text.isEmpty() && text.codePoints().allMatch(Character::isDigit);
            case "isalpha" -> (a, w) -> !text.isEmpty() && text.codePoints().allMatch(Character::isLetter);
            case "isspace" -> (a, w) -> Text.isBlank(text);
            default -> null;
        };
        return method == null
                ? Optional.empty()
                : Optional.of((arguments, work) -> {
                    work.characters(text.length());
                    return method.call(arguments, work);
                });
    }

    private static String chars(Arguments arguments) {
        return arguments.text(0, "chars", "");
    }

    /** The argument may be a list of which one is enough. */
    private static boolean any(Arguments arguments, String text, BiPredicate<String, String> test) {
        Object parts = arguments.at(0, "prefix");
        return parts instanceof List<?> list
                ? list.stream().anyMatch(part -> test.test(text, Values.string(part)))
                : test.test(text, Values.string(parts));
    }

    private static Optional<Function> ofMap(Map<?, ?> map, String name) {
        return switch (name) {
            case "items" -> Optional.of((a, w) -> entries(map, w));
            case "keys" -> Optional.of((a, w) -> Values.elements(map, w));
            case "values" -> Optional.of((a, w) -> Values.elements(new ArrayList<>(map.values()), w));
            case "get" ->
                Optional.of((a, w) -> {
                    Object value = map.get(a.at(0, "key"));
                    return value == null ? a.at(1, "default", None.NONE) : value;
                });
            default -> Optional.empty();
        };
    }

    static List<Object> entries(Map<?, ?> map, Work work) {
        work.elements(map.size());
        List<Object> entries = new ArrayList<>();
        map.forEach((key, value) -> entries.add(List.of(key, value)));
        return entries;
    }

    private static Optional<Function> ofList(List<?> list, String name) {
        return switch (name) {
            case "index" ->
                Optional.of((a, w) -> {
                    for (int i = 0; i < list.size(); i++) {
                        if (Operators.equal(list.get(i), a.at(0, "value"), w)) {
                            return (long) i;
                        }
                    }
                    throw new TemplateException("a list does not hold what index looks for");
                });
            case "count" ->
                Optional.of((a, w) -> list.stream()
                        .filter(element -> Operators.equal(element, a.at(0, "value"), w))
                        .count());
            default -> Optional.empty();
        };
    }
}
