package dev.siskin.inference.decoding;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a decoder's graph takes and gives, told from its session. Ids, mask and positions are int64 or int32:
 *
 * <ul>
 *   <li>{@code input_ids [rows, width]}
 *   <li>{@code attention_mask [rows, tokens]}, optional: 1 for each token that is seen, earlier ones included
 *   <li>{@code position_ids [rows, width]}, optional
 *   <li>{@code num_logits_to_keep} or {@code logits_to_keep}, optional, one number: how many of the last positions get
 *       logits
 *   <li>the cache before the run, see {@link CacheTensor}
 * </ul>
 *
 * and it gives {@code logits [rows, width or 1, vocabulary]}, float or half precision, and the cache after the run.
 *
 * @param keep          the input that says how many positions get logits
 * @param vocabulary    logits of a position
 * @param isLastOnly    whether the last position alone has logits
 * @param isShared      whether past and present may be one buffer, of more tokens than are in it (GroupQueryAttention)
 */
record DecoderGraph(
        NumberInput ids,
        Optional<NumberInput> mask,
        Optional<NumberInput> positions,
        Optional<NumberInput> keep,
        String logits,
        OnnxJavaType logitsType,
        int logitsRank,
        int vocabulary,
        boolean isLastOnly,
        List<CacheTensor> cache,
        boolean isShared) {

    /** The operator whose cache may be one buffer for past and present. */
    private static final String GROUP_QUERY_ATTENTION = "com.microsoft.GroupQueryAttention";

    private static final Set<String> KEEP = Set.of("num_logits_to_keep", "logits_to_keep");

    DecoderGraph {
        cache = List.copyOf(cache);
    }

    /** An input of whole numbers. */
    record NumberInput(String name, OnnxJavaType type, int rank) {}

    /** @throws UnsupportedModelException naming the input or output that is not of this kind */
    static DecoderGraph of(ModelFolder folder, OrtSession session) throws OrtException {
        var inspection = new Inspection(folder, session.getInputInfo(), session.getOutputInfo());
        return inspection.graph();
    }

    /** Of one token in all layers, once. */
    long bytesPerToken() {
        return cache.stream().mapToLong(CacheTensor::tokenBytes).sum();
    }

    /** Whether rows of different lengths may run together. */
    boolean canBatch() {
        return mask.isPresent() && (isShared || positions.isPresent());
    }

    /** The most of a chunk's positions that have logits. */
    int logitsOf(int width) {
        return isLastOnly ? 1 : width;
    }

    private record Inspection(ModelFolder folder, Map<String, NodeInfo> inputs, Map<String, NodeInfo> outputs) {

        DecoderGraph graph() {
            GraphNames names = folder.names();
            List<CacheTensor> cache = cache();
            Optional<NumberInput> keep =
                    KEEP.stream().filter(inputs::containsKey).findFirst().flatMap(this::number);
            TensorInfo logits = tensor(outputs, names.logits(), "output");
            long[] shape = logits.getShape();
            int rank = shape.length;
            if (rank < 2 || rank > 3 || shape[rank - 1] < 1) {
                throw unsupported("output", names.logits(), logits, "[rows, width, vocabulary] is");
            }
            var graph = new DecoderGraph(
                    number(names.inputIds())
                            .orElseThrow(() -> new UnsupportedModelException(
                                    "%s has no input %s".formatted(folder.graphFile(), names.inputIds()))),
                    number(names.attentionMask()),
                    number(names.positionIds()),
                    keep,
                    names.logits(),
                    decimal("output", names.logits(), logits),
                    rank,
                    Math.toIntExact(shape[rank - 1]),
                    rank == 2 || shape[1] == 1 || keep.isPresent(),
                    cache,
                    folder.onnx().operators().contains(GROUP_QUERY_ATTENTION)
                            && cache.getFirst().parts() == 1);
            checkAllKnown(graph);
            return graph;
        }

        private List<CacheTensor> cache() {
            List<CacheTensor> cache = new ArrayList<>();
            GraphNames names = folder.names();
            for (int layer = 0; inputs.containsKey(names.past().getFirst().formatted(layer)); layer++) {
                for (int i = 0; i < names.past().size(); i++) {
                    cache.add(cacheTensor(
                            names.past().get(i).formatted(layer),
                            names.present().get(i).formatted(layer)));
                }
            }
            if (cache.isEmpty()) {
                throw new UnsupportedModelException(
                        "%s has no input %s: a graph without a cache is not supported; inputs=%s"
                                .formatted(
                                        folder.graphFile(),
                                        names.past().getFirst().formatted(0),
                                        inputs.keySet().stream().sorted().toList()));
            }
            return cache;
        }

        private CacheTensor cacheTensor(String past, String present) {
            TensorInfo info = tensor(inputs, past, "input");
            TensorInfo after = tensor(outputs, present, "output");
            long[] shape = info.getShape();
            int first = shape.length - 4;
            if (first != 0 && (first != 1 || shape[0] != 2)) {
                throw unsupported("input", past, info, "[rows, heads, tokens, head size] is");
            }
            long heads = shape[first + 1] > 0 ? shape[first + 1] : folder.heads();
            long headSize = shape[first + 3] > 0 ? shape[first + 3] : folder.headSize();
            if (heads < 1 || headSize < 1) {
                throw unsupported("input", past, info, "heads and head size given there or in the configuration are");
            }
            if (after.type != info.type) {
                throw unsupported("output", present, after, info.type + " as of " + past + " is");
            }
            return new CacheTensor(
                    past,
                    present,
                    first == 0 ? 1 : 2,
                    Math.toIntExact(heads),
                    Math.toIntExact(headSize),
                    decimal("input", past, info));
        }

        private TensorInfo tensor(Map<String, NodeInfo> all, String name, String kind) {
            NodeInfo node = all.get(name);
            if (node != null && node.getInfo() instanceof TensorInfo tensor) {
                return tensor;
            }
            throw new UnsupportedModelException("%s has no %s %s; %ss=%s"
                    .formatted(
                            folder.graphFile(),
                            kind,
                            name,
                            kind,
                            all.keySet().stream().sorted().toList()));
        }

        private Optional<NumberInput> number(String name) {
            if (!inputs.containsKey(name)) {
                return Optional.empty();
            }
            TensorInfo info = tensor(inputs, name, "input");
            if (info.type != OnnxJavaType.INT64 && info.type != OnnxJavaType.INT32) {
                throw unsupported("input", name, info, "int64 or int32 is");
            }
            return Optional.of(new NumberInput(name, info.type, info.getShape().length));
        }

        private OnnxJavaType decimal(String kind, String name, TensorInfo info) {
            if (info.type != OnnxJavaType.FLOAT && info.type != OnnxJavaType.FLOAT16) {
                throw unsupported(kind, name, info, "float or half precision is");
            }
            return info.type;
        }

        private void checkAllKnown(DecoderGraph graph) {
            Set<String> unknown = new HashSet<>(inputs.keySet());
            unknown.remove(graph.ids().name());
            for (Optional<NumberInput> input : List.of(graph.mask(), graph.positions(), graph.keep())) {
                input.map(NumberInput::name).ifPresent(unknown::remove);
            }
            graph.cache().forEach(tensor -> unknown.remove(tensor.past()));
            if (!unknown.isEmpty()) {
                throw new UnsupportedModelException("%s takes inputs that are not supported: %s"
                        .formatted(folder.graphFile(), unknown.stream().sorted().toList()));
            }
        }

        private UnsupportedModelException unsupported(String kind, String name, TensorInfo found, String supported) {
            return new UnsupportedModelException("%s: %s %s=%s%s is not supported, %s"
                    .formatted(
                            folder.graphFile(), kind, name, found.type, Arrays.toString(found.getShape()), supported));
        }
    }
}
