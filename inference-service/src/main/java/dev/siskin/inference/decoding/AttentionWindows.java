package dev.siskin.inference.decoding;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * Layers that see the last tokens alone, as a {@code config.json} says and as a graph does. Graphs whose windows are in
 * masks that they compute themselves are exported from the model's own code and taken at their word; {@code
 * GroupQueryAttention} is told its window by whoever built the graph, and builders have told it too little or too much.
 */
final class AttentionWindows {
    /** Of Gemma 3, where its configuration does not say. */
    private static final int GEMMA3_PATTERN = 6;

    private AttentionWindows() {}

    /**
     * The longest sequence on which both see the same.
     *
     * @param config of the language model
     * @param graph for each layer how many of the last tokens it sees, 0 = all; empty where masks tell
     * @return tokens; {@link Integer#MAX_VALUE} where they agree
     */
    static int agreedTokens(JsonNode config, List<Integer> graph) {
        int window = isOn(config) ? config.path("sliding_window").asInt() : 0;
        int agreed = Integer.MAX_VALUE;
        for (int layer = 0; layer < graph.size(); layer++) {
            int said = window > 0 && isWindowed(config, layer) ? window : Integer.MAX_VALUE;
            int seen = graph.get(layer) > 0 ? graph.get(layer) : Integer.MAX_VALUE;
            if (said != seen) {
                agreed = Math.min(agreed, Math.min(said, seen));
            }
        }
        return agreed;
    }

    /** Qwen's configurations name a window that is switched off unless they say otherwise. */
    private static boolean isOn(JsonNode config) {
        return config.path("use_sliding_window")
                .asBoolean(!config.path("model_type").asText().startsWith("qwen"));
    }

    private static boolean isWindowed(JsonNode config, int layer) {
        if (config.path("layer_types").has(layer)) {
            return config.path("layer_types").path(layer).asText().equals("sliding_attention");
        }
        String type = config.path("model_type").asText();
        if (type.startsWith("gemma3")) {
            int pattern = config.path("sliding_window_pattern").asInt(GEMMA3_PATTERN);
            return (layer + 1) % Math.max(1, pattern) != 0;
        }
        if (type.equals("gemma2")) {
            return layer % 2 == 0;
        }
        return !type.startsWith("qwen")
                || layer >= config.path("max_window_layers").asInt();
    }
}
