package dev.siskin.generators;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Which of several graphs of one model is the best for a processor without a GPU, by the names that exports give them:
 * the fewest bytes read for a token first, since a step reads every weight once, and those last that compute in half
 * precision, which most processors cannot.
 */
public final class GraphOrder {
    /** What stands behind {@code model} in the name of a graph, best first; empty = the graph as it was exported. */
    private static final List<String> KINDS =
            List.of("_q4", "_int8", "_quantized", "_uint8", "_bnb4", "", "_q4f16", "_fp16");

    private static final String SUFFIX = ".onnx";

    /** Orders the names or paths of graphs. */
    public static final Comparator<String> BEST_FIRST =
            Comparator.<String>comparingInt(GraphOrder::rank).thenComparing(Comparator.naturalOrder());

    private GraphOrder() {}

    private static int rank(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        String stem = name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
        for (String known : List.of("decoder_model_merged", "model")) {
            if (stem.startsWith(known)) {
                int kind = KINDS.indexOf(stem.substring(known.length()));
                return kind < 0 ? KINDS.size() : kind;
            }
        }
        return KINDS.size() + 1;
    }
}
