package dev.siskin.retrieval.collection;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The types of a collection's metadata fields as the writer knows them; grows with each new field. Thread-safe. */
final class MetadataTypes {
    /** Most distinct fields of a collection: each costs Lucene some bytes in every segment. */
    static final int MAX_FIELDS = 1000;

    private final Map<String, MetadataType> types;

    MetadataTypes(Map<String, MetadataType> known) {
        this.types = new HashMap<>(known);
    }

    /**
     * Checks a document's metadata and takes note of fields not seen before.
     *
     * @return the types of all fields of the collection
     * @throws InvalidDocumentException naming the field that is wrong; nothing is noted then
     */
    synchronized Map<String, MetadataType> admit(Map<String, Object> metadata) {
        var added = new HashMap<String, MetadataType>();
        for (Map.Entry<String, Object> field : metadata.entrySet()) {
            MetadataType known = types.get(field.getKey());
            if (known == null) {
                added.put(field.getKey(), firstType(field.getKey(), field.getValue()));
            } else if (!known.holds(field.getValue())) {
                throw new InvalidDocumentException(
                        "metadata field '%s' holds a %s in this collection since its first value: value=%s"
                                .formatted(field.getKey(), known.wireName(), shown(field.getValue())));
            }
        }
        if (types.size() + added.size() > MAX_FIELDS) {
            throw new InvalidDocumentException("a collection may have at most " + MAX_FIELDS
                    + " different metadata fields: this document brings " + added.keySet());
        }
        types.putAll(added);
        return Map.copyOf(types);
    }

    synchronized Map<String, MetadataType> all() {
        return Map.copyOf(types);
    }

    private static MetadataType firstType(String field, @Nullable Object value) {
        return MetadataType.of(value)
                .orElseThrow(() -> new InvalidDocumentException(
                        "metadata field '%s' must be a string, number, boolean, date or array of strings: value=%s"
                                .formatted(field, shown(value))));
    }

    private static String shown(@Nullable Object value) {
        String text = String.valueOf(value);
        return text.length() > 80 ? text.substring(0, 80) + "…" : text;
    }
}
