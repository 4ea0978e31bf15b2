package dev.siskin.bench.dataset;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;

/**
 * The exact nearest vectors of each query, nearest first: int32, little-endian, {@code [queries][depth]}.
 *
 * @param nearest {@code [queries][depth]}
 */
public record Truth(int[][] nearest) {
    public static final int DEPTH = 100;

    public static Truth read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int[][] nearest = new int[bytes.capacity() / (DEPTH * Integer.BYTES)][DEPTH];
        for (int[] row : nearest) {
            for (int rank = 0; rank < DEPTH; rank++) {
                row[rank] = bytes.getInt();
            }
        }
        return new Truth(nearest);
    }

    void write(Path file) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(nearest.length * DEPTH * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int[] row : nearest) {
            for (int vector : row) {
                bytes.putInt(vector);
            }
        }
        Files.write(file, bytes.array());
    }

    /** Share of a query's {@code k} nearest that were found. */
    public double recall(int query, int[] found, int k) {
        var wanted = new BitSet();
        for (int rank = 0; rank < k; rank++) {
            wanted.set(nearest[query][rank]);
        }
        int hits = 0;
        for (int rank = 0; rank < Math.min(k, found.length); rank++) {
            if (found[rank] >= 0 && wanted.get(found[rank])) {
                wanted.clear(found[rank]);
                hits++;
            }
        }
        return (double) hits / k;
    }
}
