package dev.siskin.inference.decoding;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Runs a decoder's graph on memory of ours: nothing is copied on the way in or out, and nothing is left to ONNX Runtime
 * to free but its activations. One thread at a time.
 */
final class GraphRunner implements AutoCloseable {

    /**
     * The tokens of a row that its new ones see, itself included, as places in the row's cache and mask: all from one on to
     * one before another. The new ones are the last of them.
     */
    record Span(int from, int to) {
        int tokens() {
            return to - from;
        }
    }

    private final OrtSession session;
    private final DecoderGraph graph;
    private final Tensors tensors;
    private final WholeNumbers ids;
    private final Optional<WholeNumbers> mask;
    private final Optional<WholeNumbers> positions;
    private final Optional<WholeNumbers> keep;
    private final Logits logits;

    /**
     * Takes the session over where it returns.
     *
     * @param rows    the most of a run
     * @param chunk   the most new tokens of a run of one row
     * @param context the most tokens of a row
     */
    GraphRunner(OrtEnvironment environment, OrtSession session, DecoderGraph graph, int rows, int chunk, int context) {
        this.session = session;
        this.graph = graph;
        this.tensors = new Tensors(environment);
        int cells = Math.max(rows, chunk);
        this.ids = new WholeNumbers(graph.ids(), cells, tensors);
        this.mask = graph.mask().map(input -> new WholeNumbers(input, (long) rows * (context + 1), tensors));
        this.positions = graph.positions().map(input -> new WholeNumbers(input, cells, tensors));
        this.keep = graph.keep().map(input -> new WholeNumbers(input, 1, tensors));
        keep.ifPresent(number -> number.set(0, 1));
        this.logits = new Logits(graph, tensors, Math.max(rows, graph.logitsOf(chunk)));
    }

    DecoderGraph graph() {
        return graph;
    }

    Tensors tensors() {
        return tensors;
    }

    /**
     * Runs the new tokens of some rows, as many of each.
     *
     * @param tokens  {@code [rows, width]}
     * @param rows    what each row sees
     * @param total   width of the mask: up to the last place that a row sees
     * @param past    the cache before, in the graph's order; not closed here
     * @param present the cache after; not closed here
     * @throws DecodingException where the graph fails
     */
    Logits run(int[] tokens, Span[] rows, int total, OnnxTensor[] past, OnnxTensor[] present) {
        int width = tokens.length / rows.length;
        fill(tokens, rows, width, total);
        Map<String, OnnxTensor> inputs = new HashMap<>();
        Map<String, OnnxTensor> outputs = new HashMap<>();
        Map<String, OnnxTensor> own = new HashMap<>();
        try {
            own.put(ids.name(), ids.tensor(rows.length, width));
            if (mask.isPresent()) {
                own.put(mask.get().name(), mask.get().tensor(rows.length, total));
            }
            if (positions.isPresent()) {
                own.put(positions.get().name(), positions.get().tensor(rows.length, width));
            }
            if (keep.isPresent()) {
                own.put(keep.get().name(), keep.get().scalar());
            }
            inputs.putAll(own);
            OnnxTensor result = logits.tensor(rows.length, width);
            own.put(graph.logits(), result);
            outputs.put(graph.logits(), result);
            for (int i = 0; i < past.length; i++) {
                CacheTensor tensor = graph.cache().get(i);
                inputs.put(tensor.past(), past[i]);
                outputs.put(tensor.present(), present[i]);
            }
            session.run(inputs, Set.of(), outputs).close();
            return logits;
        } catch (OrtException e) {
            throw new DecodingException(
                    "the model failed on a step of %d x %d tokens: %s".formatted(rows.length, width, firstLine(e)), e);
        } finally {
            tensors.close(own.values().toArray(OnnxTensor[]::new));
        }
    }

    private void fill(int[] tokens, Span[] rows, int width, int total) {
        for (int i = 0; i < tokens.length; i++) {
            ids.set(i, tokens[i]);
        }
        mask.ifPresent(numbers -> {
            for (int row = 0; row < rows.length; row++) {
                for (int place = 0; place < total; place++) {
                    boolean isSeen = place >= rows[row].from() && place < rows[row].to();
                    numbers.set((long) row * total + place, isSeen ? 1 : 0);
                }
            }
        });
        positions.ifPresent(numbers -> {
            for (int row = 0; row < rows.length; row++) {
                for (int i = 0; i < width; i++) {
                    numbers.set((long) row * width + i, rows[row].tokens() - width + i);
                }
            }
        });
    }

    /** Gives back what long runs took of the logits' memory. */
    void shrinkTo(int rows) {
        logits.shrinkTo(rows);
    }

    static String firstLine(OrtException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /** Gives the memory of inputs and outputs back and leaves the session open, to whoever opened it. */
    void closeMemory() {
        ids.close();
        mask.ifPresent(WholeNumbers::close);
        positions.ifPresent(WholeNumbers::close);
        keep.ifPresent(WholeNumbers::close);
        logits.close();
    }

    @Override
    public void close() {
        closeMemory();
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("the model did not close: " + firstLine(e), e);
        }
    }
}
