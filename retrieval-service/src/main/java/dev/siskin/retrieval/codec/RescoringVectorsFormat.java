package dev.siskin.retrieval.codec;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.hnsw.FlatVectorScorerUtil;
import org.apache.lucene.codecs.hnsw.FlatVectorsFormat;
import org.apache.lucene.codecs.hnsw.FlatVectorsReader;
import org.apache.lucene.codecs.hnsw.FlatVectorsScorer;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104ScalarQuantizedVectorScorer;
import org.apache.lucene.codecs.lucene104.Lucene104ScalarQuantizedVectorsReader;
import org.apache.lucene.codecs.lucene95.HasIndexSlice;
import org.apache.lucene.codecs.lucene99.Lucene99FlatVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.store.MemorySegmentAccessInput;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.hnsw.RandomVectorScorer;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;
import org.jspecify.annotations.Nullable;

/**
 * An HNSW graph over scalar-quantized vectors whose raw vectors can be prefetched: a search knows the candidates it will
 * rescore before it reads the first, so that the disk can read them side by side instead of one page fault after the
 * other. Lucene's format has no way to ask for that through the quantized vectors, and its own prefetching hardly ever asks
 * the kernel any more once many vectors of a file were found in memory.
 *
 * <p>The files are those of {@link Lucene104HnswScalarQuantizedVectorsFormat}, byte by byte: {@code .vex} and
 * {@code .vem} the graph, {@code .veq} and {@code .vemq} the quantized vectors, {@code .vec} and {@code .vemf} the raw
 * ones. Only the name under which a segment finds its reader differs.
 */
public final class RescoringVectorsFormat extends KnnVectorsFormat {
    /** As a segment records it: 1 is the version of this format. */
    public static final String NAME = "SiskinRescoring1";

    private static final FlatVectorsFormat RAW =
            new Lucene99FlatVectorsFormat(FlatVectorScorerUtil.getLucene99FlatVectorsScorer());

    private final Lucene104HnswScalarQuantizedVectorsFormat lucene;

    /** To read, as Lucene makes it by name; what it would write has Lucene's defaults. */
    public RescoringVectorsFormat() {
        super(NAME);
        this.lucene = new Lucene104HnswScalarQuantizedVectorsFormat();
    }

    /**
     * To write.
     *
     * @param maxConnections links of a node in the graph's upper layers, twice as many in the lowest
     * @param beamWidth candidates looked at when a node is linked
     */
    RescoringVectorsFormat(ScalarEncoding encoding, int maxConnections, int beamWidth) {
        super(NAME);
        this.lucene = new Lucene104HnswScalarQuantizedVectorsFormat(encoding, maxConnections, beamWidth);
    }

    @Override
    public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
        return lucene.fieldsWriter(state);
    }

    @Override
    public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
        return new Lucene99HnswVectorsReader(state, new QuantizedReader(state, RAW.fieldsReader(state)));
    }

    @Override
    public int getMaxDimensions(String field) {
        return lucene.getMaxDimensions(field);
    }

    @Override
    public String toString() {
        return NAME + "(" + lucene + ")";
    }

    private static final class QuantizedReader extends Lucene104ScalarQuantizedVectorsReader {
        private static final Lucene104ScalarQuantizedVectorScorer SCORER = scorer();

        private final FlatVectorsReader raw;

        /** Null where the page cache cannot be asked nor told, and where Lucene's constructor fails and closes this. */
        private final @Nullable WarmFiles warm;

        private static Lucene104ScalarQuantizedVectorScorer scorer() {
            FlatVectorsScorer ofRawVectors = FlatVectorScorerUtil.getLucene99FlatVectorsScorer();
            return VectorModule.isFast()
                    ? new MappedVectorsScorer(ofRawVectors)
                    : new Lucene104ScalarQuantizedVectorScorer(ofRawVectors);
        }

        QuantizedReader(SegmentReadState state, FlatVectorsReader raw) throws IOException {
            super(state, raw, SCORER);
            this.raw = raw;
            PageCache cache = PageCache.ofThisKernel().orElse(null);
            try {
                this.warm = cache == null ? null : WarmFiles.open(cache, state);
            } catch (Throwable failure) {
                IOUtils.closeWhileSuppressingExceptions(failure, super::close);
                throw failure;
            }
        }

        @Override
        public RandomVectorScorer getRandomVectorScorer(String field, float[] target) throws IOException {
            if (warm != null) {
                warm.keepWarm();
            }
            return super.getRandomVectorScorer(field, target);
        }

        @Override
        public @Nullable FloatVectorValues getFloatVectorValues(String field) throws IOException {
            FloatVectorValues values = super.getFloatVectorValues(field);
            MemorySegment mapped = values == null ? null : mapped(raw.getFloatVectorValues(field));
            return mapped == null || warm == null ? values : new PrefetchableVectors(values, mapped, warm);
        }

        @Override
        public void close() throws IOException {
            IOUtils.close(super::close, warm);
        }

        /** The raw vectors one after the other as they are mapped; null where they are not, or in several pieces. */
        private static @Nullable MemorySegment mapped(@Nullable FloatVectorValues values) throws IOException {
            return values instanceof HasIndexSlice sliced
                            && sliced.getSlice() instanceof MemorySegmentAccessInput input
                            && input.length() > 0
                    ? input.segmentSliceOrNull(0, input.length())
                    : null;
        }
    }

    /** Lucene's vectors, and the mapped raw ones among them for prefetching. For one thread. */
    private static final class PrefetchableVectors extends FloatVectorValues {
        private static final int NONE = -1;

        private final FloatVectorValues values;
        private final MemorySegment raw;
        private final WarmFiles warm;
        private @Nullable Behind behind;
        private int last = NONE;

        /** What the kernel is to do with the pages of a raw vector when the next one is read. */
        @FunctionalInterface
        private interface Behind {
            void tell(MemorySegment raw, int ordinal, int next, int bytes);
        }

        PrefetchableVectors(FloatVectorValues values, MemorySegment raw, WarmFiles warm) {
            this.values = values;
            this.raw = raw;
            this.warm = warm;
        }

        /**
         * Raw vectors that come from the disk are the first to go when memory is needed, not graph and quantized vectors.
         * Where some of those have gone nevertheless, raw vectors go as soon as they are read. The kernel cannot be left
         * to it: for what is read once it keeps up to half of a small memory, and takes that from what is read often.
         */
        @Override
        public void prefetch(int[] ordinals, int count) throws IOException {
            PageCache cache = warm.cache();
            boolean isFromDisk = cache.prefetch(raw, ordinals, count, dimension() * Float.BYTES);
            behind = !isFromDisk ? null : warm.isWhole() ? cache::cool : cache::takeOut;
            last = NONE;
        }

        @Override
        public int dimension() {
            return values.dimension();
        }

        @Override
        public int size() {
            return values.size();
        }

        @Override
        public float[] vectorValue(int ordinal) throws IOException {
            float[] value = values.vectorValue(ordinal);
            if (behind != null && last != NONE) {
                behind.tell(raw, last, ordinal, dimension() * Float.BYTES);
            }
            last = ordinal;
            return value;
        }

        @Override
        public int ordToDoc(int ordinal) {
            return values.ordToDoc(ordinal);
        }

        @Override
        public Bits getAcceptOrds(Bits acceptDocs) {
            return values.getAcceptOrds(acceptDocs);
        }

        @Override
        public DocIndexIterator iterator() {
            return values.iterator();
        }

        @Override
        public VectorScorer scorer(float[] query) throws IOException {
            return values.scorer(query);
        }

        @Override
        public VectorScorer rescorer(float[] query) throws IOException {
            return values.rescorer(query);
        }

        @Override
        public FloatVectorValues copy() throws IOException {
            return new PrefetchableVectors(values.copy(), raw, warm);
        }
    }
}
