package dev.siskin.indexer.reading;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a document says of itself.
 *
 * @param title in its metadata or first heading
 * @param mimeType as detected, without parameters
 * @param metadata as it goes to the collection: strings, dates (RFC 3339) and lists of strings
 */
public record DocumentHead(Optional<String> title, String mimeType, Map<String, Object> metadata) {
    public DocumentHead {
        metadata = java.util.Collections.unmodifiableMap(new TreeMap<>(metadata));
    }

    DocumentHead(Optional<String> title, String mimeType) {
        this(title, mimeType, Map.of());
    }
}
