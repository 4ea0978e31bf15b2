package dev.siskin.bench.dataset;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.apache.lucene.util.VectorUtil;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes {@code truth.i32}: each query's nearest vectors by comparing it with all of them; equal ones by number. */
@Command(
        name = "truth",
        mixinStandardHelpOptions = true,
        description = "Finds each question's exact nearest passages by brute force.")
public final class TruthCommand implements Callable<Integer> {
    @Option(names = "--dataset", required = true, description = "folder with vectors.f32 and queries.f32")
    private Path dataset = Path.of("");

    @Option(names = "--dimensions", defaultValue = "384", description = "default: ${DEFAULT-VALUE}")
    private int dimensions = 384;

    @Override
    public Integer call() throws IOException {
        try (VectorFile vectors = VectorFile.open(dataset.resolve("vectors.f32"), dimensions);
                VectorFile queries = VectorFile.open(dataset.resolve("queries.f32"), dimensions)) {
            if (vectors.count() < Truth.DEPTH) {
                throw new IOException("exact neighbours need at least %d vectors: vectors.f32 holds %d"
                        .formatted(Truth.DEPTH, vectors.count()));
            }
            nearest(vectors, queries.readAll()).write(dataset.resolve("truth.i32"));
            System.out.printf(
                    "%d nearest of %d queries among %d vectors%n", Truth.DEPTH, queries.count(), vectors.count());
        }
        return 0;
    }

    private static Truth nearest(VectorFile vectors, float[][] queries) throws IOException {
        long[][] best = new long[queries.length][Truth.DEPTH];
        for (long[] row : best) {
            Arrays.fill(row, Long.MIN_VALUE);
        }
        int count = Math.toIntExact(vectors.count());
        for (int number = 0; number < count; number++) {
            float[] vector = vectors.read(number);
            for (int query = 0; query < queries.length; query++) {
                insert(best[query], key(VectorUtil.dotProduct(queries[query], vector), number));
            }
        }
        int[][] nearest = new int[queries.length][Truth.DEPTH];
        for (int query = 0; query < queries.length; query++) {
            for (int rank = 0; rank < Truth.DEPTH; rank++) {
                nearest[query][rank] = Integer.MAX_VALUE - (int) best[query][rank];
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
