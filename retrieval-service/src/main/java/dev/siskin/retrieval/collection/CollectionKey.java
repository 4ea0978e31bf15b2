package dev.siskin.retrieval.collection;

import java.util.regex.Pattern;

/** A collection of a tenant. Both names are safe as names of folders. */
public record CollectionKey(String tenant, String name) {
    /** What names of collections may look like. */
    public static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");

    /**
     * Throws {@link RetrievalException} where the name is none: {@code MALFORMED}.
     */
    public CollectionKey {
        if (!NAME.matcher(name).matches()) {
            throw new RetrievalException(
                    RetrievalException.Kind.MALFORMED,
                    "a collection's name must match " + NAME + ": name=" + shown(name));
        }
    }

    private static String shown(String name) {
        return name.length() > 80 ? name.substring(0, 80) + "…" : name;
    }
}
