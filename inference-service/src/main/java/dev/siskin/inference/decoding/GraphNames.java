package dev.siskin.inference.decoding;

import java.util.List;

/**
 * What a graph calls its inputs and outputs.
 *
 * @param past    names of a layer's cache before a run, {@code %d} for the layer: keys and values, or one for both
 * @param present names of its cache after it, in the same order
 */
record GraphNames(
        String inputIds,
        String attentionMask,
        String positionIds,
        String logits,
        List<String> past,
        List<String> present) {

    /** The names of Hugging Face's exporters. */
    static final GraphNames DEFAULT = new GraphNames(
            "input_ids",
            "attention_mask",
            "position_ids",
            "logits",
            List.of("past_key_values.%d.key", "past_key_values.%d.value"),
            List.of("present.%d.key", "present.%d.value"));

    GraphNames {
        past = List.copyOf(past);
        present = List.copyOf(present);
    }
}
