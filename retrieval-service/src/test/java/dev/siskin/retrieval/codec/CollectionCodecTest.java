package dev.siskin.retrieval.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Quantization;
import java.util.List;
import java.util.Random;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.VectorUtil;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CollectionCodecTest {
    static final int VECTORS = 1500;
    private static final int DIMENSIONS = 32;
    private static final long SEED = 7;

    static float[] vector(Random random) {
        float[] vector = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return VectorUtil.l2normalize(vector);
    }

    /** A segment of vectors, the same for every codec. */
    private static void write(Directory directory, Codec codec) throws Exception {
        write(directory, codec, true);
    }

    /** @param isCompound whether its files are one */
    static void write(Directory directory, Codec codec, boolean isCompound) throws Exception {
        var config = new IndexWriterConfig()
                .setCodec(codec)
                .setMergePolicy(NoMergePolicy.INSTANCE)
                .setUseCompoundFile(isCompound);
        try (var writer = new IndexWriter(directory, config)) {
            var random = new Random(SEED);
            for (int i = 0; i < VECTORS; i++) {
                var document = new Document();
                document.add(new KnnFloatVectorField("vector", vector(random), CollectionCodec.SIMILARITY));
                document.add(new StoredField("text", "text of " + i));
                writer.addDocument(document);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Quantization.class)
    void write_atALevel_isReadByTheNamesInTheSegment(Quantization quantization) throws Exception {
        try (var directory = new ByteBuffersDirectory()) {
            write(directory, CollectionCodec.of(quantization));
            assertThat(SegmentInfos.readLatestCommit(directory).info(0).info.getCodec())
                    .isInstanceOf(CollectionCodec.class);
            try (var check = new CheckIndex(directory)) {
                assertThat(check.checkIndex().clean).isTrue();
            }
            try (var reader = DirectoryReader.open(directory)) {
                var random = new Random(SEED);
                var values = reader.leaves().getFirst().reader().getFloatVectorValues("vector");
                for (int i = 0; i < VECTORS; i++) {
                    assertThat(values.vectorValue(i)).containsExactly(vector(random));
                    assertThat(reader.storedFields().document(i).get("text")).isEqualTo("text of " + i);
                }
            }
        }
    }

    @Test
    void search_overSegmentsOfLuceneAndOurs_findsTheSameInBoth() throws Exception {
        try (var directory = new ByteBuffersDirectory()) {
            write(directory, new Lucene104Codec() {
                @Override
                public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                    return new Lucene104HnswScalarQuantizedVectorsFormat(
                            ScalarEncoding.PACKED_NIBBLE, CollectionCodec.MAX_CONNECTIONS, CollectionCodec.BEAM_WIDTH);
                }
            });
            write(directory, CollectionCodec.of(Quantization.INT4));
            try (var reader = DirectoryReader.open(directory)) {
                var query = new KnnFloatVectorQuery("vector", vector(new Random(SEED + 1)), 20);
                ScoreDoc[] found = new IndexSearcher(reader).search(query, 20).scoreDocs;
                List<Integer> ofLucene = inSegment(found, reader.leaves().get(0));
                assertThat(ofLucene)
                        .hasSize(10)
                        .isEqualTo(inSegment(found, reader.leaves().get(1)));
            }
        }
    }

    private static List<Integer> inSegment(ScoreDoc[] found, LeafReaderContext leaf) {
        return java.util.Arrays.stream(found)
                .map(one -> one.doc - leaf.docBase)
                .filter(doc -> doc >= 0 && doc < leaf.reader().maxDoc())
                .sorted()
                .toList();
    }

    @Test
    void prefetch_ofCandidates_leavesTheVectorsAsTheyAre() throws Exception {
        try (var directory = new ByteBuffersDirectory()) {
            write(directory, CollectionCodec.of(Quantization.INT1));
            try (var reader = DirectoryReader.open(directory)) {
                FloatVectorValues values = reader.leaves().getFirst().reader().getFloatVectorValues("vector");
                float[] before = values.vectorValue(3).clone();
                values.prefetch(new int[] {3, 700, 1499}, 3);
                assertThat(values.copy().vectorValue(3)).containsExactly(before);
                assertThat(values.size()).isEqualTo(VECTORS);
            }
        }
    }
}
