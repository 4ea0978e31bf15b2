package dev.siskin.api;

import java.util.ArrayList;
import java.util.List;

/**
 * Vectors, as OpenAI's clients read them.
 *
 * @param object always {@code list}
 * @param data in the order of the texts
 * @param model that made them
 */
public record EmbeddingsResponse(String object, List<Item> data, String model, Usage usage) {
    /**
     * One text's vector.
     *
     * @param object always {@code embedding}
     * @param index of the text, from 0
     * @param embedding numbers {@code [dimensions]}, or base64 of little-endian float32
     */
    public record Item(String object, int index, Object embedding) {}

    /**
     * Tokens the model ran on, prefixes and special tokens included.
     *
     * @param totalTokens the same: nothing is generated
     */
    public record Usage(long promptTokens, long totalTokens) {}

    /**
     * An answer.
     *
     * @param vectors {@code [texts][dimensions]}
     */
    public static EmbeddingsResponse of(
            List<float[]> vectors, EmbeddingsRequest.EncodingFormat format, String model, long tokens) {
        var data = new ArrayList<Item>(vectors.size());
        for (float[] vector : vectors) {
            Object embedding = switch (format) {
                case FLOAT -> vector;
                case BASE64 -> VectorJson.base64(vector);
            };
            data.add(new Item("embedding", data.size(), embedding));
        }
        return new EmbeddingsResponse("list", data, model, new Usage(tokens, tokens));
    }
}
