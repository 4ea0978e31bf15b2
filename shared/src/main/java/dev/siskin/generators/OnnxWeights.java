package dev.siskin.generators;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights of an ONNX graph and the nodes that read them, without the weights themselves. Of the outermost graph
 * alone: what stands in the branches of {@code If} and {@code Loop} is left out.
 *
 * <p>Source: {@code onnx.proto}; the wire format of protocol buffers.
 *
 * @param weights in the file's order
 * @param nodes in the file's order
 */
public record OnnxWeights(List<Weight> weights, List<Node> nodes) {
    private static final int LENGTH_DELIMITED = 2;
    private static final int LONGEST_TEXT = 4_096;

    public OnnxWeights {
        weights = List.copyOf(weights);
        nodes = List.copyOf(nodes);
    }

    /**
     * A tensor that comes with the graph.
     *
     * @param type {@code TensorProto.DataType}
     * @param dimensions empty for a single number
     */
    public record Weight(String name, int type, List<Long> dimensions) {
        public static final int FLOAT16 = 10;

        public Weight {
            dimensions = List.copyOf(dimensions);
        }

        /** Of all its numbers. */
        public long elements() {
            return dimensions.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
        }

        public long bytes() {
            return switch (type) {
                case 7, 11, 13 -> 8 * elements();
                case 1, 6, 12 -> 4 * elements();
                case 4, 5, FLOAT16, 16 -> 2 * elements();
                case 21, 22 -> (elements() + 1) / 2;
                default -> elements();
            };
        }
    }

    /**
     * What is computed with weights.
     *
     * @param operator its type, without the domain
     * @param inputs names; empty for one that is left out
     * @param numbers attributes that are one whole number
     */
    public record Node(String operator, List<String> inputs, Map<String, Long> numbers) {
        public Node {
            inputs = List.copyOf(inputs);
            numbers = Map.copyOf(numbers);
        }

        /** A whole number, 0 where it is not said. */
        public long number(String attribute) {
            return numbers.getOrDefault(attribute, 0L);
        }
    }

    /**
     * Reads a graph.
     *
     * @throws GeneratorFolderException where the file is no ONNX graph, or only the beginning of one
     */
    public static OnnxWeights read(Path graph) {
        try (Wire wire = new Wire(graph)) {
            var reader = new Reader(wire);
            reader.fields(wire.size(), (field, end) -> {
                if (field == 7) {
                    reader.graph(end);
                }
            });
            return new OnnxWeights(reader.weights, reader.nodes);
        } catch (IOException | ArithmeticException broken) {
            throw new GeneratorFolderException(
                    "%s is no whole ONNX graph (%s); copy it again".formatted(graph, broken.getMessage()), broken);
        }
    }

    /** Told of each field that holds bytes; what it leaves unread is skipped. */
    @FunctionalInterface
    private interface Bytes {
        void read(int field, long end) throws IOException;
    }

    private static final class Reader {
        private final Wire wire;
        private final List<Weight> weights = new ArrayList<>();
        private final List<Node> nodes = new ArrayList<>();

        Reader(Wire wire) {
            this.wire = wire;
        }

        /** Reads a message, and gives the whole numbers that stand in it, by field. */
        Map<Integer, List<Long>> fields(long end, Bytes bytes) throws IOException {
            var numbers = new HashMap<Integer, List<Long>>();
            while (wire.position() < end) {
                long tag = wire.varint();
                int field = Math.toIntExact(tag >>> 3);
                switch ((int) (tag & 7)) {
                    case 0 ->
                        numbers.computeIfAbsent(field, first -> new ArrayList<>())
                                .add(wire.varint());
                    case 1 -> wire.position(wire.position() + Long.BYTES);
                    case 5 -> wire.position(wire.position() + Integer.BYTES);
                    case LENGTH_DELIMITED -> {
                        long length = wire.varint();
                        long next = Math.addExact(wire.position(), length);
                        if (length < 0 || next > end) {
                            throw new IOException(
                                    "it ends after %d bytes and should go on to %d".formatted(wire.size(), next));
                        }
                        bytes.read(field, next);
                        wire.position(next);
                    }
                    default -> throw new IOException("it is not in the format of protocol buffers");
                }
            }
            return numbers;
        }

        void graph(long end) throws IOException {
            fields(end, (field, next) -> {
                if (field == 1) {
                    nodes.add(node(next));
                } else if (field == 5) {
                    weights.add(weight(next));
                }
            });
        }

        private Node node(long end) throws IOException {
            List<String> inputs = new ArrayList<>();
            var operator = new StringBuilder();
            Map<String, Long> numbers = new HashMap<>();
            fields(end, (field, next) -> {
                switch (field) {
                    case 1 -> inputs.add(text(next));
                    case 4 -> operator.append(text(next));
                    case 5 -> attribute(next, numbers);
                    default -> {} // its name, its outputs
                }
            });
            return new Node(operator.toString(), inputs, numbers);
        }

        private void attribute(long end, Map<String, Long> into) throws IOException {
            var name = new StringBuilder();
            Map<Integer, List<Long>> numbers = fields(end, (field, next) -> {
                if (field == 1) {
                    name.append(text(next));
                }
            });
            if (numbers.containsKey(3)) {
                into.put(name.toString(), numbers.get(3).getLast());
            }
        }

        private Weight weight(long end) throws IOException {
            var name = new StringBuilder();
            List<Long> packed = new ArrayList<>();
            Map<Integer, List<Long>> numbers = fields(end, (field, next) -> {
                if (field == 8) {
                    name.append(text(next));
                } else if (field == 1) {
                    while (wire.position() < next) {
                        packed.add(wire.varint());
                    }
                }
            });
            List<Long> dimensions = numbers.getOrDefault(1, packed);
            int type = Math.toIntExact(numbers.getOrDefault(2, List.of(0L)).getLast());
            return new Weight(name.toString(), type, dimensions);
        }

        private String text(long end) throws IOException {
            return wire.text(end - wire.position(), LONGEST_TEXT);
        }
    }
}
