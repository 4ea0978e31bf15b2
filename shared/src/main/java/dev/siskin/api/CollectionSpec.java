package dev.siskin.api;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a collection is created with; a field left out takes its default.
 *
 * @param embeddingModel name of a model the service holds
 * @param quantization level of the vectors kept in memory
 * @param language analysis of the text, an ISO 639-1 code
 */
public record CollectionSpec(
        @Nullable String embeddingModel,
        @Nullable Quantization quantization,
        @Nullable String language) {
    /** What names of collections look like. */
    public static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");

    public static final String DEFAULT_EMBEDDING_MODEL = "bge-small-en-v1.5";
    public static final Quantization DEFAULT_QUANTIZATION = Quantization.INT4;
    public static final String DEFAULT_LANGUAGE = "en";

    /** Everything by default. */
    public static final CollectionSpec DEFAULTS = new CollectionSpec(null, null, null);
}
