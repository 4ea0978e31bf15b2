package dev.siskin.generators;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Moves the weights of an ONNX graph out of its file into one beside it. ONNX Runtime reads a graph's file whole into
 * memory, and keeps the weights in it beside those it makes of them for its operators; what lies in another file it maps.
 * The graph stays the same: of a weight's tensor the bytes are replaced by where they lie.
 *
 * <p>Source: {@code onnx.proto}, {@code TensorProto.external_data}; the wire format of protocol buffers.
 */
public final class WeightsFile {
    /** Smaller tensors stay: shapes and the like, which are looked into when the graph is loaded. */
    private static final long SMALLEST_BYTES = 1_024;

    /** What is left of a graph is held in the heap while it is written. */
    private static final int LARGEST_GRAPH_BYTES = 32 << 20;

    private static final int PAGE_BYTES = 4_096;
    private static final int LENGTH_DELIMITED = 2;
    private static final int MODEL_GRAPH = 7;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int TENSOR_RAW_DATA = 9;
    private static final int TENSOR_EXTERNAL_DATA = 13;
    private static final int TENSOR_DATA_LOCATION = 14;
    private static final int EXTERNAL = 1;

    private final Wire wire;
    private final FileChannel source;
    private final FileChannel data;
    private final String location;

    private WeightsFile(Wire wire, FileChannel source, FileChannel data, String location) {
        this.wire = wire;
        this.source = source;
        this.data = data;
        this.location = location;
    }

    /**
     * Rewrites a graph whose weights are in it; the new file is called as the graph and ends in {@code _data}. What was
     * there before stays until both files are whole.
     *
     * @return false where that file is there already, or the graph without its weights is too large to be rewritten
     * @throws IOException where the graph cannot be read or the files cannot be written
     */
    public static boolean moveOut(Path graph) throws IOException {
        String location = graph.getFileName() + "_data";
        Path data = graph.resolveSibling(location);
        Path rewritten = graph.resolveSibling(graph.getFileName() + ".rewritten");
        if (Files.exists(data)) {
            return false;
        }
        try (Wire wire = new Wire(graph);
                FileChannel source = FileChannel.open(graph, StandardOpenOption.READ);
                FileChannel weights = FileChannel.open(data, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            Files.write(rewritten, new WeightsFile(wire, source, weights, location).model());
        } catch (TooLargeException leftAsItIs) {
            Files.deleteIfExists(data);
            return false;
        } catch (IOException | ArithmeticException failed) {
            Files.deleteIfExists(data);
            Files.deleteIfExists(rewritten);
            throw failed;
        }
        if (Files.size(data) == 0) {
            Files.delete(data);
            Files.delete(rewritten);
            return false;
        }
        Files.move(rewritten, graph, StandardCopyOption.ATOMIC_MOVE);
        return true;
    }

    private static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** The model without its weights. */
    private byte[] model() throws IOException {
        return rewrite(wire.size(), (field, end, out) -> {
            if (field != MODEL_GRAPH) {
                return false;
            }
            message(out, MODEL_GRAPH, rewrite(end, this::initializer));
            return true;
        });
    }

    private boolean initializer(int field, long end, ByteArrayOutputStream out) throws IOException {
        if (field != GRAPH_INITIALIZER || !isLarge(end)) {
            return false;
        }
        message(out, GRAPH_INITIALIZER, rewrite(end, this::movedTensor));
        return true;
    }

    /** Whether the tensor from here to {@code end} holds many bytes; the wire stays where it is. */
    private boolean isLarge(long end) throws IOException {
        long start = wire.position();
        boolean large = false;
        while (wire.position() < end && !large) {
            long tag = wire.varint();
            long next = skipped((int) (tag & 7));
            large = tag >>> 3 == TENSOR_RAW_DATA && next - wire.position() >= SMALLEST_BYTES;
            wire.position(next);
        }
        wire.position(start);
        return large;
    }

    private boolean movedTensor(int field, long end, ByteArrayOutputStream out) throws IOException {
        if (field == TENSOR_EXTERNAL_DATA || field == TENSOR_DATA_LOCATION) {
            return true; // said anew, and what comes last would count
        }
        if (field != TENSOR_RAW_DATA) {
            return false;
        }
        long length = end - wire.position();
        long offset = Math.ceilDiv(data.size(), PAGE_BYTES) * (long) PAGE_BYTES;
        copy(wire.position(), length, offset);
        entry(out, "location", location);
        entry(out, "offset", Long.toString(offset));
        entry(out, "length", Long.toString(length));
        varint(out, TENSOR_DATA_LOCATION << 3);
        varint(out, EXTERNAL);
        return true;
    }

    private void copy(long from, long length, long to) throws IOException {
        data.position(to);
        for (long done = 0; done < length; ) {
            long moved = source.transferTo(from + done, length - done, data);
            if (moved <= 0) {
                throw new IOException("the graph ends early");
            }
            done += moved;
        }
    }

    /** Writes a field in another way, or leaves it to be copied as it is. */
    @FunctionalInterface
    private interface Rewriting {
        /** @param end of the field's content, which begins at the wire's position */
        boolean write(int field, long end, ByteArrayOutputStream out) throws IOException;
    }

    /** A message, from here to its end, with some of its fields rewritten. */
    private byte[] rewrite(long end, Rewriting rewriting) throws IOException {
        var out = new ByteArrayOutputStream();
        while (wire.position() < end) {
            long start = wire.position();
            long tag = wire.varint();
            long next = skipped((int) (tag & 7));
            if (next > end) {
                throw new IOException("the graph ends early");
            }
            if (!rewriting.write(Math.toIntExact(tag >>> 3), next, out)) {
                copy(start, next, out);
            }
            wire.position(next);
            if (out.size() > LARGEST_GRAPH_BYTES) {
                throw new TooLargeException();
            }
        }
        return out.toByteArray();
    }

    /** Where the field that begins here ends; afterwards the wire is at its content. */
    private long skipped(int type) throws IOException {
        return switch (type) {
            case 0 -> {
                wire.varint();
                yield wire.position();
            }
            case 1 -> wire.position() + Long.BYTES;
            case 2 -> {
                long length = wire.varint();
                yield Math.addExact(wire.position(), length);
            }
            case 5 -> wire.position() + Integer.BYTES;
            default -> throw new IOException("the graph is not in the format of protocol buffers");
        };
    }

    private void copy(long from, long to, ByteArrayOutputStream out) throws IOException {
        if (to - from > LARGEST_GRAPH_BYTES) {
            throw new TooLargeException();
        }
        wire.position(from);
        out.writeBytes(wire.bytes((int) (to - from)));
    }

    private static void entry(ByteArrayOutputStream out, String key, String value) {
        var entry = new ByteArrayOutputStream();
        message(entry, 1, key.getBytes(StandardCharsets.UTF_8));
        message(entry, 2, value.getBytes(StandardCharsets.UTF_8));
        message(out, TENSOR_EXTERNAL_DATA, entry.toByteArray());
    }

    private static void message(ByteArrayOutputStream out, int field, byte[] content) {
        varint(out, (long) field << 3 | LENGTH_DELIMITED);
        varint(out, content.length);
        out.writeBytes(content);
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long left = value;
        for (; left > 0x7F; left >>>= 7) {
            out.write((int) ((left & 0x7F) | 0x80));
        }
        out.write((int) left);
    }
}
