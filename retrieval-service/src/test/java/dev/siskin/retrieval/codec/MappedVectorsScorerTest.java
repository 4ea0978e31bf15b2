package dev.siskin.retrieval.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Quantization;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.hnsw.FlatVectorScorerUtil;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104ScalarQuantizedVectorScorer;
import org.apache.lucene.codecs.lucene104.Lucene104ScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104ScalarQuantizedVectorsReader;
import org.apache.lucene.codecs.lucene99.Lucene99FlatVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.VectorUtil;
import org.apache.lucene.util.hnsw.RandomVectorScorer;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MappedVectorsScorerTest {
    private static final int VECTORS = 200;

    @TempDir
    Path folder;

    static Stream<Arguments> encodingsAndDimensions() {
        return Stream.of(ScalarEncoding.values())
                .flatMap(encoding -> IntStream.of(2, 7, 33, 100, 384, 1_000, 1_024)
                        .mapToObj(dimensions -> Arguments.of(encoding, dimensions)));
    }

    private static MappedVectorsScorer ours() {
        return new MappedVectorsScorer(FlatVectorScorerUtil.getLucene99FlatVectorsScorer());
    }

    private static float[] vector(Random random, int dimensions) {
        float[] vector = new float[dimensions];
        for (int i = 0; i < dimensions; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return VectorUtil.l2normalize(vector);
    }

    private static void write(Directory directory, ScalarEncoding encoding, int dimensions) throws Exception {
        var config = new IndexWriterConfig().setCodec(new FilterCodec("Lucene104", new Lucene104Codec()) {
            @Override
            public KnnVectorsFormat knnVectorsFormat() {
                return new Lucene104ScalarQuantizedVectorsFormat(encoding);
            }
        });
        config.setUseCompoundFile(false);
        try (var writer = new IndexWriter(directory, config)) {
            var random = new Random(dimensions);
            for (int i = 0; i < VECTORS; i++) {
                var document = new Document();
                document.add(new KnnFloatVectorField("vector", vector(random, dimensions), CollectionCodec.SIMILARITY));
                writer.addDocument(document);
            }
        }
    }

    private static float[] scores(
            Directory directory, Lucene104ScalarQuantizedVectorScorer scorer, float[] target, boolean inBulk)
            throws Exception {
        var segment = SegmentInfos.readLatestCommit(directory).info(0).info;
        var fields = segment.getCodec().fieldInfosFormat().read(directory, segment, "", IOContext.DEFAULT);
        var state = new SegmentReadState(directory, segment, fields, IOContext.DEFAULT);
        try (var reader = new Lucene104ScalarQuantizedVectorsReader(
                state,
                new Lucene99FlatVectorsFormat(FlatVectorScorerUtil.getLucene99FlatVectorsScorer()).fieldsReader(state),
                scorer)) {
            RandomVectorScorer ofTarget = reader.getRandomVectorScorer("vector", target);
            float[] scores = new float[VECTORS];
            if (inBulk) {
                int[] all = IntStream.range(0, VECTORS).toArray();
                float best = ofTarget.bulkScore(all, scores, VECTORS);
                assertThat(scores).contains(best);
            } else {
                for (int i = 0; i < VECTORS; i++) {
                    scores[i] = ofTarget.score(i);
                }
            }
            return scores;
        }
    }

    @ParameterizedTest
    @MethodSource("encodingsAndDimensions")
    void score_ofMappedVectors_isLucenes(ScalarEncoding encoding, int dimensions) throws Exception {
        var lucenes = new Lucene104ScalarQuantizedVectorScorer(FlatVectorScorerUtil.getLucene99FlatVectorsScorer());
        float[] target = vector(new Random(-1), dimensions);
        try (var directory = new MMapDirectory(folder)) {
            write(directory, encoding, dimensions);
            float[] expected = scores(directory, lucenes, target, false);
            assertThat(scores(directory, ours(), target, false)).containsExactly(expected);
            assertThat(scores(directory, ours(), target, true)).containsExactly(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("encodingsAndDimensions")
    void score_ofVectorsThatAreNotMapped_isLucenes(ScalarEncoding encoding, int dimensions) throws Exception {
        float[] target = vector(new Random(-1), dimensions);
        try (var directory = new ByteBuffersDirectory()) {
            write(directory, encoding, dimensions);
            assertThat(scores(directory, ours(), target, false))
                    .containsExactly(scores(
                            directory,
                            new Lucene104ScalarQuantizedVectorScorer(
                                    FlatVectorScorerUtil.getLucene99FlatVectorsScorer()),
                            target,
                            false));
        }
    }

    @Test
    void scorer_whereVectorsAreNotCompiled_isLucenes() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        for (String option : List.of("--limit-modules=java.se,jdk.unsupported", "-XX:TieredStopAtLevel=1")) {
            Process search = new ProcessBuilder(
                            java,
                            option,
                            "-cp",
                            System.getProperty("java.class.path"),
                            WriteAndSearch.class.getName(),
                            folder.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(search.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(search.waitFor()).as(said).isZero();
            assertThat(said).endsWith("found 10, fast false" + System.lineSeparator());
        }
    }

    /** Run by itself: writes an index and searches it. */
    static final class WriteAndSearch {
        private WriteAndSearch() {}

        public static void main(String[] arguments) throws Exception {
            try (var directory = new MMapDirectory(Path.of(arguments[0]))) {
                CollectionCodecTest.write(directory, CollectionCodec.of(Quantization.INT4), false);
                try (var reader = DirectoryReader.open(directory)) {
                    var target = CollectionCodecTest.vector(new Random(1));
                    var found = new IndexSearcher(reader).search(new KnnFloatVectorQuery("vector", target, 10), 10);
                    System.out.println("found " + found.scoreDocs.length + ", fast " + VectorModule.isFast());
                }
            }
        }
    }
}
