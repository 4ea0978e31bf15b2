package dev.siskin.bench.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.bench.Bench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
    private static final int DIMENSIONS = 8;

    @TempDir
    Path folder;

    @Test
    void passages_areWholeSentencesOfBoundedLength() {
        String sentence = "The siskin is a small finch that feeds on the seeds of alder and of spruce in winter.";
        List<String> passages = PassageCutter.cut(List.of((sentence + " ").repeat(10)));
        assertThat(passages).hasSize(5).allSatisfy(passage -> {
            assertThat(passage).startsWith("The siskin").endsWith("winter.");
            assertThat(passage.split(" ")).hasSizeBetween(24, PassageCutter.MOST_WORDS);
        });
    }

    @Test
    void passages_leaveOutWhatIsNoProse() {
        assertThat(PassageCutter.cut(List.of("1 2 3 4 5 6 7 8 9 0 + - = ".repeat(5))))
                .isEmpty();
    }

    @Test
    void draw_isTheSameInEveryOrderAndWithoutRepetitions() {
        List<String> texts = IntStream.range(0, 100)
                .mapToObj(number -> "text of " + Integer.toString(number, 36).replaceAll("[0-9]", "x") + " words")
                .distinct()
                .toList();
        var forwards = new Draw(10, 1);
        texts.forEach(forwards::offer);
        texts.forEach(text -> forwards.offer(text.toUpperCase(java.util.Locale.ROOT) + "!"));
        var backwards = new Draw(10, 1);
        texts.reversed().forEach(backwards::offer);
        assertThat(forwards.texts()).hasSize(10).isEqualTo(backwards.texts()).doesNotHaveDuplicates();
        assertThat(texts).containsAll(forwards.texts());
    }

    @Test
    void draw_takesWhatIsPreferredFirst() {
        var draw = new Draw(2, 1);
        List.of("one", "two", "three", "four").forEach(draw::offer);
        draw.prefer("five");
        draw.prefer("six");
        assertThat(draw.texts()).containsExactlyInAnyOrder("five", "six");
    }

    @Test
    void vectorFile_goesOnBehindItsLastWholeVector() throws IOException {
        Path file = folder.resolve("vectors.f32");
        try (VectorFile vectors = VectorFile.append(file, DIMENSIONS)) {
            vectors.add(vector(1));
        }
        Files.write(file, new byte[] {1, 2, 3}, java.nio.file.StandardOpenOption.APPEND);
        try (VectorFile vectors = VectorFile.append(file, DIMENSIONS)) {
            vectors.add(vector(2));
        }
        try (VectorFile vectors = VectorFile.open(file, DIMENSIONS)) {
            assertThat(vectors.readAll()).isDeepEqualTo(new float[][] {vector(1), vector(2)});
            assertThatThrownBy(() -> vectors.read(2)).hasMessageContaining("there is no vector 2");
        }
    }

    @Test
    void truth_isEveryQuerysNearestInOrder() throws IOException {
        write("vectors.f32", 150);
        write("queries.f32", 3);
        assertThat(run("truth")).isZero();
        Truth truth = Truth.read(folder.resolve("truth.i32"));
        List<Integer> byDistance = new java.util.ArrayList<>();
        IntStream.range(0, 150).forEach(byDistance::add);
        Collections.sort(
                byDistance, java.util.Comparator.comparingDouble(number -> -cosine(vector(2), vector(number))));
        assertThat(truth.nearest()).hasDimensions(3, Truth.DEPTH);
        assertThat(truth.nearest()[2])
                .containsExactly(byDistance.stream()
                        .limit(Truth.DEPTH)
                        .mapToInt(Integer::intValue)
                        .toArray());
    }

    @Test
    void recall_isTheShareOfTheNearestThatWereFound() {
        var truth = new Truth(new int[][] {IntStream.range(0, Truth.DEPTH).toArray()});
        assertThat(truth.recall(0, new int[] {9, 1, 0, 77}, 4)).isEqualTo(0.5);
        assertThat(truth.recall(0, new int[] {1, 1, 1, 1}, 4)).isEqualTo(0.25);
    }

    @Test
    void draw_addsVectorsOfUnitLengthBehindTheRealOnes() throws IOException {
        write("vectors.f32", 20);
        Path out = folder.resolve("drawn.f32");
        assertThat(run("draw", "--out", out.toString(), "--count", "50")).isZero();
        try (VectorFile drawn = VectorFile.open(out, DIMENSIONS)) {
            float[][] all = drawn.readAll();
            assertThat(all).hasDimensions(50, DIMENSIONS);
            assertThat(all[19]).containsExactly(vector(19));
            assertThat(cosine(all[40], all[40])).isBetween(0.999, 1.001);
            assertThat(all[40]).isNotEqualTo(all[41]);
        }
    }

    private int run(String command, String... more) {
        String[] arguments = java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(
                                command, "--dataset", folder.toString(), "--dimensions", "" + DIMENSIONS),
                        java.util.Arrays.stream(more))
                .toArray(String[]::new);
        return Bench.execute(arguments);
    }

    private void write(String name, int count) throws IOException {
        try (VectorFile vectors = VectorFile.append(folder.resolve(name), DIMENSIONS)) {
            for (int number = 0; number < count; number++) {
                vectors.add(vector(number));
            }
        }
    }

    private static float[] vector(int seed) {
        var random = new Random(seed);
        float[] vector = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return org.apache.lucene.util.VectorUtil.l2normalize(vector);
    }

    private static double cosine(float[] a, float[] b) {
        return IntStream.range(0, DIMENSIONS).mapToDouble(i -> a[i] * b[i]).sum();
    }
}
