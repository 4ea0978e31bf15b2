package dev.siskin.bench.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.bench.Bench;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorsCommandTest {
    private static final int DIMENSIONS = 32;
    private static final int VECTORS = 400;

    @TempDir
    Path folder;

    @BeforeEach
    void writeDataset() throws IOException {
        write("vectors.f32", VECTORS, 1);
        write("queries.f32", 5, 2);
        Files.writeString(
                folder.resolve("corpus.jsonl"),
                IntStream.range(0, VECTORS)
                        .mapToObj(number -> "{\"_id\":\"p%d\",\"text\":\"passage %d\"}%n".formatted(number, number))
                        .collect(Collectors.joining()));
    }

    @Test
    void filters_findTheExactNeighboursAmongThosePassing() throws IOException {
        Path results = folder.resolve("results.jsonl");
        assertThat(run(
                        "filters",
                        "--shares",
                        "1,0.1,0.01",
                        "--seconds",
                        "0",
                        "--quiet",
                        "0",
                        "--results",
                        results.toString()))
                .isZero();
        assertThat(Files.readAllLines(results).stream().map(VectorsCommandTest::parse))
                .extracting(row -> row.path("passages").asInt())
                .satisfiesExactly(
                        all -> assertThat(all).isEqualTo(VECTORS),
                        tenth -> assertThat(tenth).isBetween(30, 50),
                        hundredth -> assertThat(hundredth).isBetween(1, 9));
        assertThat(Files.readAllLines(results).stream().map(VectorsCommandTest::parse))
                .allSatisfy(row -> assertThat(row.path("recall").asDouble()).isGreaterThan(0.9));
    }

    @Test
    void everyLevel_withAllAsCandidates_findsTheExactNeighbours() throws IOException {
        Path results = folder.resolve("results.jsonl");
        Path work = Files.createDirectory(folder.resolve("work"));
        assertThat(run("truth")).isZero();
        assertThat(run(
                        "vectors",
                        "--candidates",
                        "10,400",
                        "--seconds",
                        "0",
                        "--quiet",
                        "0",
                        "--work",
                        work.toString(),
                        "--results",
                        results.toString(),
                        "--label",
                        "run=test"))
                .isZero();

        List<JsonNode> rows = Files.readAllLines(results).stream()
                .map(VectorsCommandTest::parse)
                .toList();
        assertThat(rows).hasSize(10).allSatisfy(row -> {
            assertThat(row.path("run").asText()).isEqualTo("test");
            assertThat(row.path("docs").asInt()).isEqualTo(VECTORS);
            assertThat(row.path("qps_2").asDouble()).isPositive();
            assertThat(row.path("visited").asDouble()).isBetween(10.0, 2.0 * VECTORS);
        });
        assertThat(rows.stream().filter(row -> row.path("candidates").asInt() == VECTORS))
                .hasSize(5)
                .allSatisfy(row -> assertThat(row.path("recall").asDouble()).isGreaterThan(0.99));
        try (Stream<Path> left = Files.list(work)) {
            assertThat(left).isEmpty();
        }
    }

    private static JsonNode parse(String line) {
        try {
            return Json.MAPPER.readTree(line);
        } catch (IOException malformed) {
            throw new AssertionError(line, malformed);
        }
    }

    private int run(String command, String... more) {
        return Bench.execute(Stream.concat(
                        Stream.of(command, "--dataset", folder.toString(), "--dimensions", "" + DIMENSIONS),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    private void write(String name, int count, long seed) throws IOException {
        var random = new Random(seed);
        ByteBuffer bytes = ByteBuffer.allocate(count * DIMENSIONS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int number = 0; number < count; number++) {
            float[] vector = new float[DIMENSIONS];
            for (int i = 0; i < DIMENSIONS; i++) {
                vector[i] = (float) random.nextGaussian();
            }
            for (float value : org.apache.lucene.util.VectorUtil.l2normalize(vector)) {
                bytes.putFloat(value);
            }
        }
        Files.write(folder.resolve(name), bytes.array());
    }
}
