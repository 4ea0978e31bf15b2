package dev.siskin.models;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Where the bytes of each initializer lie in a file of ONNX, for another graph to refer to them. */
final class StoredWeights {
    private static final int MODEL_GRAPH = 7;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int TENSOR_NAME = 8;
    private static final int TENSOR_RAW_DATA = 9;

    /**
     * A part of the file.
     *
     * @param offset of its first byte
     * @param length in bytes
     */
    record Range(int offset, int length) {}

    private StoredWeights() {}

    /** The ranges by the initializers' names; initializers not stored as raw bytes are left out. */
    static Map<String, Range> in(byte[] model) throws IOException {
        var ranges = new HashMap<String, Range>();
        forEach(CodedInputStream.newInstance(model), MODEL_GRAPH, graph -> {
            forEach(graph, GRAPH_INITIALIZER, tensor -> addRange(tensor, ranges));
        });
        return ranges;
    }

    private interface Reader {
        void read(CodedInputStream message) throws IOException;
    }

    /** Reads every message in the field, up to the end of what is read now. */
    private static void forEach(CodedInputStream in, int field, Reader reader) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (WireFormat.getTagFieldNumber(tag) != field) {
                in.skipField(tag);
                continue;
            }
            int outer = in.pushLimit(in.readRawVarint32());
            reader.read(in);
            in.popLimit(outer);
        }
    }

    private static void addRange(CodedInputStream tensor, Map<String, Range> ranges) throws IOException {
        String name = "";
        Range range = new Range(0, 0);
        for (int tag = tensor.readTag(); tag != 0; tag = tensor.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case TENSOR_NAME -> name = tensor.readString();
                case TENSOR_RAW_DATA -> {
                    int length = tensor.readRawVarint32();
                    range = new Range(tensor.getTotalBytesRead(), length);
                    tensor.skipRawBytes(length);
                }
                default -> tensor.skipField(tag);
            }
        }
        if (range.length() > 0) {
            ranges.put(name, range);
        }
    }
}
