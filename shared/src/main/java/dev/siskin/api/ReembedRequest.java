package dev.siskin.api;

import org.jspecify.annotations.Nullable;

/**
 * What a collection's vectors are to be made with anew; a field left out stays as it is.
 *
 * @param embeddingModel name of a model the service holds
 * @param quantization level of the vectors kept in memory
 */
public record ReembedRequest(
        @Nullable String embeddingModel, @Nullable Quantization quantization) {}
