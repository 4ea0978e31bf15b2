package dev.siskin.generators;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What can be read out of an ONNX graph without loading it: its operators, and which files beside it hold its weights.
 * The weights themselves are skipped, so that a graph of gigabytes takes milliseconds.
 *
 * <p>Source: {@code onnx.proto}; the wire format of protocol buffers.
 */
public final class OnnxFile {
    private static final int LENGTH_DELIMITED = 2;
    private static final int EXTERNAL = 1;
    private static final int DEEPEST = 64;
    private static final int LONGEST_TEXT = 4_096;
    private static final long ANY = 1;

    /** The operator that is told its window, and the attribute that tells it. */
    private static final String WINDOWED = "GroupQueryAttention";

    private static final String WINDOW = "local_window_size";

    /** The messages on the way from a model to where a weight lies. */
    private enum Message {
        MODEL,
        FUNCTION,
        GRAPH,
        NODE,
        ATTRIBUTE,
        SPARSE_TENSOR,
        TENSOR,
        ENTRY;

        @Nullable
        Message nested(int field) {
            return switch (this) {
                case MODEL -> field == 7 ? GRAPH : field == 25 ? FUNCTION : null;
                case FUNCTION -> field == 7 ? NODE : null;
                case GRAPH -> field == 1 ? NODE : field == 5 ? TENSOR : field == 15 ? SPARSE_TENSOR : null;
                case NODE -> field == 5 ? ATTRIBUTE : null;
                case ATTRIBUTE ->
                    switch (field) {
                        case 5, 10 -> TENSOR;
                        case 6, 11 -> GRAPH;
                        case 22, 23 -> SPARSE_TENSOR;
                        default -> null;
                    };
                case SPARSE_TENSOR -> field == 1 || field == 2 ? TENSOR : null;
                case TENSOR -> field == 13 ? ENTRY : null;
                case ENTRY -> null;
            };
        }
    }

    /** What a node is, or where a tensor lies, as far as it has been read. */
    private static final class Place {
        private String operator = "";
        private String domain = "";
        private String attribute = "";
        private int window;
        private String key = "";
        private @Nullable String location;
        private long offset;
        private long length = ANY;
        private long kind;

        void set(String value) {
            switch (key) {
                case "location" -> location = value;
                case "offset" -> offset = Long.parseLong(value);
                case "length" -> length = Long.parseLong(value);
                default -> key = "";
            }
        }
    }

    private final Wire wire;
    private final TreeMap<String, Long> needed = new TreeMap<>();
    private final TreeSet<String> operators = new TreeSet<>();
    private final List<Integer> windows = new ArrayList<>();
    private boolean hasGraph;

    private OnnxFile(Wire wire) {
        this.wire = wire;
    }

    /**
     * Reads a graph.
     *
     * @throws GeneratorFolderException where the file is no ONNX graph, or only the beginning of one
     */
    public static OnnxFile read(Path graph) {
        try (Wire wire = new Wire(graph)) {
            var reader = new OnnxFile(wire);
            reader.read(Message.MODEL, wire.size(), new Place(), 0);
            if (!reader.hasGraph) {
                throw new IOException("it has no graph");
            }
            return reader;
        } catch (IOException | ArithmeticException | NumberFormatException broken) {
            throw new GeneratorFolderException(
                    "%s is no whole ONNX graph (%s); copy it again".formatted(graph, broken.getMessage()), broken);
        }
    }

    /** The types of its nodes, {@code domain.Type}, {@code Type} alone of ONNX's own domain. */
    public Set<String> operators() {
        return Collections.unmodifiableSet(operators);
    }

    /**
     * How many of the last tokens each {@code GroupQueryAttention} sees, in the graph's order; 0 = all. Other operators
     * are told by a mask.
     */
    public List<Integer> attentionWindows() {
        return Collections.unmodifiableList(windows);
    }

    /**
     * The files that it needs beside it: where each lies, seen from the graph's folder, and how many bytes it has at
     * least.
     */
    public Map<String, Long> externalData() {
        return Collections.unmodifiableMap(needed);
    }

    private void read(Message message, long end, Place place, int depth) throws IOException {
        if (depth > DEEPEST) {
            throw new IOException("its messages are nested too deeply");
        }
        while (wire.position() < end) {
            long tag = wire.varint();
            int field = Math.toIntExact(tag >>> 3);
            int type = (int) (tag & 7);
            if (type != LENGTH_DELIMITED) {
                readNumber(message, field, type, place);
                continue;
            }
            long length = wire.varint();
            long next = Math.addExact(wire.position(), length);
            if (length < 0 || next > end) {
                throw new IOException("it ends after %d bytes and should go on to %d".formatted(wire.size(), next));
            }
            readBytes(message, field, length, place, depth);
            wire.position(next);
        }
    }

    private void readNumber(Message message, int field, int type, Place place) throws IOException {
        switch (type) {
            case 0 -> {
                long value = wire.varint();
                if (message == Message.TENSOR && field == 14) {
                    place.kind = value;
                } else if (message == Message.ATTRIBUTE && field == 3 && place.attribute.equals(WINDOW)) {
                    place.window = Math.clamp(value, 0, Integer.MAX_VALUE); // -1 for none
                }
            }
            case 1 -> wire.position(wire.position() + Long.BYTES);
            case 5 -> wire.position(wire.position() + Integer.BYTES);
            default -> throw new IOException("it is not in the format of protocol buffers");
        }
    }

    private void readBytes(Message message, int field, long length, Place place, int depth) throws IOException {
        if (message == Message.ENTRY) {
            if (field == 1) {
                place.key = wire.text(length, LONGEST_TEXT);
            } else if (field == 2) {
                place.set(wire.text(length, LONGEST_TEXT));
            }
            return;
        }
        if (message == Message.NODE && field == 4) {
            place.operator = wire.text(length, LONGEST_TEXT);
            return;
        }
        if (message == Message.NODE && field == 7) {
            place.domain = wire.text(length, LONGEST_TEXT);
            return;
        }
        if (message == Message.ATTRIBUTE && field == 1) {
            place.attribute = wire.text(length, LONGEST_TEXT);
            return;
        }
        @Nullable Message nested = message.nested(field);
        if (nested == null) {
            return;
        }
        hasGraph |= nested == Message.GRAPH;
        boolean isTensor = nested == Message.TENSOR;
        Place of = isTensor || nested == Message.NODE ? new Place() : place;
        read(nested, wire.position() + length, of, depth + 1);
        if (nested == Message.NODE) {
            operators.add(of.domain.isEmpty() ? of.operator : of.domain + "." + of.operator);
            if (of.operator.equals(WINDOWED)) {
                windows.add(of.window);
            }
        }
        if (isTensor && of.kind == EXTERNAL && of.location != null) {
            needed.merge(of.location, Math.addExact(of.offset, of.length), Math::max);
        }
    }
}
