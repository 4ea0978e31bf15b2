package dev.siskin.bench.dataset;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Callable;
import org.apache.lucene.util.VectorUtil;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Draws more vectors from the distribution of the real ones, for measurements of size. The real vectors come first,
 * unchanged. Each further one is a real vector plus a multiple of the difference of two others, brought to unit length:
 *
 * <pre>x + s × (y − z) / √2,   x, y, z drawn from the real ones</pre>
 *
 * The difference of two independent draws, over √2, has exactly the measured covariance of the real vectors, so that the
 * noise lies where real texts differ and in no other direction; {@code s} makes it a fraction of their spread. Memory and
 * latency are those of real vectors; recall is not comparable. Draws a vector at a time, with a fixed seed.
 */
@Command(
        name = "draw",
        mixinStandardHelpOptions = true,
        description = "Writes a larger file of vectors with the measured distribution of the data set's.")
public final class DrawCommand implements Callable<Integer> {
    private static final double ROOT_2 = Math.sqrt(2);

    @Option(names = "--dataset", required = true, description = "folder with vectors.f32")
    private Path dataset = Path.of("");

    @Option(names = "--out", required = true, description = "file to write")
    private Path out = Path.of("");

    @Option(names = "--count", defaultValue = "1000000", description = "default: ${DEFAULT-VALUE}")
    private long count = 1_000_000;

    @Option(
            names = "--spread",
            defaultValue = "0.5",
            description = "of the noise, in standard deviations of the real vectors (default: ${DEFAULT-VALUE})")
    private double spread = 0.5;

    @Option(names = "--dimensions", defaultValue = "384", description = "default: ${DEFAULT-VALUE}")
    private int dimensions = 384;

    @Override
    public Integer call() throws IOException {
        try (VectorFile real = VectorFile.open(dataset.resolve("vectors.f32"), dimensions);
                VectorFile drawn = VectorFile.append(out, dimensions)) {
            if (drawn.count() > 0) {
                throw new IOException("%s exists with %d vectors; remove it first".formatted(out, drawn.count()));
            }
            var random = new Random(CorpusCommand.SEED);
            for (long number = 0; number < count; number++) {
                drawn.add(number < real.count() ? real.read(number) : draw(real, random));
            }
        }
        System.out.printf("%d vectors in %s%n", count, out);
        return 0;
    }

    private float[] draw(VectorFile real, Random random) throws IOException {
        float[] vector = real.read(random.nextLong(real.count()));
        float[] one = real.read(random.nextLong(real.count()));
        float[] other = real.read(random.nextLong(real.count()));
        for (int i = 0; i < dimensions; i++) {
            vector[i] += (float) (spread * (one[i] - other[i]) / ROOT_2);
        }
        return VectorUtil.l2normalize(vector);
    }
}
