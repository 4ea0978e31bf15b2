package dev.siskin.retrieval.collection;

import dev.siskin.api.CollectionSpec;

/** A collection of a tenant. Both names are safe as names of folders. */
public record CollectionKey(String tenant, String name) {
    /**
     * Throws {@link RetrievalException} where the name is none: {@code MALFORMED}.
     */
    public CollectionKey {
        if (!CollectionSpec.NAME.matcher(name).matches()) {
            throw new RetrievalException(
                    RetrievalException.Kind.MALFORMED,
                    "a collection's name must match " + CollectionSpec.NAME + ": name=" + shown(name));
        }
    }

    private static String shown(String name) {
        return name.length() > 80 ? name.substring(0, 80) + "…" : name;
    }
}
