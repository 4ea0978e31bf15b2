package dev.siskin.bench.dataset;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
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
            Truth.nearest(vectors, queries.readAll(), _ -> true).write(dataset.resolve("truth.i32"));
            System.out.printf(
                    "%d nearest of %d queries among %d vectors%n", Truth.DEPTH, queries.count(), vectors.count());
        }
        return 0;
    }
}
