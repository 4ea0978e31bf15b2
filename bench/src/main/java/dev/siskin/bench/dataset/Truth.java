package dev.siskin.bench.dataset;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntPredicate;
import org.apache.lucene.util.VectorUtil;

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

    /** Share of a query's {@code k} nearest, or of all where there are fewer, that were found. */
    public double recall(int query, int[] found, int k) {
        var wanted = new BitSet();
        for (int rank = 0; rank < k; rank++) {
            if (nearest[query][rank] >= 0) {
                wanted.set(nearest[query][rank]);
            }
        }
        int all = wanted.cardinality();
        int hits = 0;
        for (int rank = 0; rank < Math.min(k, found.length); rank++) {
            if (found[rank] >= 0 && wanted.get(found[rank])) {
                wanted.clear(found[rank]);
                hits++;
            }
        }
        return all == 0 ? 1 : (double) hits / all;
    }

    /** Compares all queries with all vectors of these numbers; -1 stands where there are fewer than {@value #DEPTH}. */
    public static Truth nearest(VectorFile vectors, float[][] queries, IntPredicate among) throws IOException {
        long[][] best = new long[queries.length][DEPTH];
        for (long[] row : best) {
            Arrays.fill(row, Long.MIN_VALUE);
        }
        int count = Math.toIntExact(vectors.count());
        for (int number = 0; number < count; number++) {
            if (!among.test(number)) {
                continue;
            }
            float[] vector = vectors.read(number);
            for (int query = 0; query < queries.length; query++) {
                insert(best[query], key(VectorUtil.dotProduct(queries[query], vector), number));
            }
        }
        int[][] nearest = new int[queries.length][DEPTH];
        for (int query = 0; query < queries.length; query++) {
            for (int rank = 0; rank < DEPTH; rank++) {
                long key = best[query][rank];
                nearest[query][rank] = key == Long.MIN_VALUE ? -1 : Integer.MAX_VALUE - (int) key;
            }
        }
        return new Truth(nearest);
    }

    /** Sorts by cosine and then by number, the lower one first. */
    private static long key(float cosine, int number) {
        int bits = Float.floatToIntBits(cosine);
        int ordered = bits < 0 ? bits ^ Integer.MAX_VALUE : bits;
        return ((long) ordered << Integer.SIZE) | (Integer.MAX_VALUE - number);
    }

    /** Keeps the largest, largest first. */
    private static void insert(long[] best, long key) {
        int last = best.length - 1;
        if (key <= best[last]) {
            return;
        }
        int place = last;
        while (place > 0 && best[place - 1] < key) {
            best[place] = best[place - 1];
            place--;
        }
        best[place] = key;
    }
}
