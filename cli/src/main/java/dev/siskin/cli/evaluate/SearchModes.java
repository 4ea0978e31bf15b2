package dev.siskin.cli.evaluate;

import dev.siskin.api.SearchMode;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/** Search modes as users type them. */
final class SearchModes {
    private SearchModes() {}

    static String name(SearchMode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    static String names(Collection<SearchMode> modes) {
        return modes.stream().map(SearchModes::name).collect(Collectors.joining(", "));
    }
}
