package dev.siskin.retrieval.codec;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.apache.lucene.codecs.hnsw.FlatVectorsScorer;
import org.apache.lucene.codecs.lucene104.Lucene104ScalarQuantizedVectorScorer;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.MemorySegmentAccessInput;
import org.apache.lucene.util.hnsw.RandomVectorScorer;
import org.apache.lucene.util.quantization.OptimizedScalarQuantizer;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;

/**
 * Lucene's scores of quantized vectors, to the last bit, computed where the vectors are mapped. A search of a graph waits
 * for memory more than it computes: the vectors of a node's neighbours lie anywhere. So all of them are fetched side by
 * side before the first is scored, and none is copied to the heap.
 *
 * <p>Needs the vector module, compiled well: see {@link VectorModule}.
 *
 * <p>A vector lies in {@code .veq} as its packed dimensions, then three floats and an integer, little-endian: lower and
 * upper end of its interval, additional correction, sum of the quantized dimensions.
 */
final class MappedVectorsScorer extends Lucene104ScalarQuantizedVectorScorer {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int UPPER = Float.BYTES;
    private static final int ADDITIONAL = 2 * Float.BYTES;
    private static final int SUM = 3 * Float.BYTES;
    private static final int CORRECTIONS = 3 * Float.BYTES + Integer.BYTES;

    /** Bytes that a processor reads from memory at once, or less. */
    private static final int CACHE_LINE = 64;

    MappedVectorsScorer(FlatVectorsScorer ofRawVectors) {
        super(ofRawVectors);
    }

    @Override
    public RandomVectorScorer getRandomVectorScorer(
            VectorSimilarityFunction similarity, KnnVectorValues values, float[] target) throws IOException {
        if (similarity == CollectionCodec.SIMILARITY && values instanceof QuantizedByteVectorValues quantized) {
            Optional<MemorySegment> mapped = mapped(quantized);
            if (mapped.isPresent()) {
                FlatVectorsScorer.checkDimensions(target.length, quantized.dimension());
                return scorer(quantized, mapped.get(), target);
            }
        }
        return super.getRandomVectorScorer(similarity, values, target);
    }

    /** Empty where the vectors are not mapped, or in several pieces. */
    private static Optional<MemorySegment> mapped(QuantizedByteVectorValues values) throws IOException {
        return values.getSlice() instanceof MemorySegmentAccessInput input && input.length() > 0
                ? Optional.ofNullable(input.segmentSliceOrNull(0, input.length()))
                : Optional.empty();
    }

    private static RandomVectorScorer scorer(QuantizedByteVectorValues values, MemorySegment vectors, float[] target)
            throws IOException {
        ScalarEncoding encoding = values.getScalarEncoding();
        byte[] quantized = new byte[encoding.getDiscreteDimensions(target.length)];
        OptimizedScalarQuantizer.QuantizationResult corrections = values.getQuantizer()
                .scalarQuantize(target.clone(), quantized, encoding.getQueryBits(), values.getCentroid());
        int bytes = encoding.getDocPackedLength(target.length);
        Products products = switch (encoding) {
            case UNSIGNED_BYTE, SEVEN_BIT -> new ByteProducts(vectors, quantized);
            case PACKED_NIBBLE -> new NibbleProducts(vectors, quantized, bytes);
            case SINGLE_BIT_QUERY_NIBBLE, DIBIT_QUERY_NIBBLE -> {
                byte[] planes = new byte[encoding.getQueryPackedLength(target.length)];
                OptimizedScalarQuantizer.transposeHalfByte(quantized, planes);
                yield new PlaneProducts(vectors, planes, bytes);
            }
        };
        return new Scorer(values, vectors, products, bytes, corrections);
    }

    /** Scores by the inner product of the quantized vectors and the corrections of both. For one thread. */
    private static final class Scorer extends RandomVectorScorer.AbstractRandomVectorScorer {
        private final MemorySegment vectors;
        private final Products products;
        private final int bytes;
        private final int dimensions;
        private final float stepOfOther;
        private final float lower;
        private final float step;
        private final float sum;
        private final float additional;
        private final float centroidProduct;

        @SuppressWarnings("UnusedVariable") // without it the reads that fill it could be left out
        private int fetched;

        /** @param bytes of a packed vector */
        Scorer(
                QuantizedByteVectorValues values,
                MemorySegment vectors,
                Products products,
                int bytes,
                OptimizedScalarQuantizer.QuantizationResult corrections)
                throws IOException {
            super(values);
            this.vectors = vectors;
            this.products = products;
            this.bytes = bytes;
            this.dimensions = values.dimension();
            this.stepOfOther = 1f / ((1 << values.getScalarEncoding().getBits()) - 1);
            this.lower = corrections.lowerInterval();
            float steps = 1f / ((1 << values.getScalarEncoding().getQueryBits()) - 1);
            this.step = (corrections.upperInterval() - lower) * steps;
            this.sum = corrections.quantizedComponentSum();
            this.additional = corrections.additionalCorrection();
            this.centroidProduct = values.getCentroidDP();
        }

        @Override
        public float score(int ordinal) {
            long at = (long) ordinal * (bytes + CORRECTIONS);
            return score(products.with(at), at + bytes);
        }

        @Override
        public float bulkScore(int[] ordinals, float[] scores, int count) {
            fetch(ordinals, count);
            float best = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < count; i++) {
                scores[i] = score(ordinals[i]);
                best = Math.max(best, scores[i]);
            }
            return best;
        }

        /**
         * Reads something of every cache line of all these vectors. None of the reads needs another, so that the processor
         * waits for memory once for all of them; scoring one vector after the other it waits for each.
         */
        private void fetch(int[] ordinals, int count) {
            int record = bytes + CORRECTIONS;
            int read = 0;
            for (int i = 0; i < count; i++) {
                long at = (long) ordinals[i] * record;
                for (int line = 0; line < record; line += CACHE_LINE) {
                    read += vectors.get(ValueLayout.JAVA_BYTE, at + line);
                }
                read += vectors.get(ValueLayout.JAVA_BYTE, at + record - 1);
            }
            fetched = read;
        }

        private float score(float product, long corrections) {
            float lowerOfOther = vectors.get(FLOAT, corrections);
            float scale = (vectors.get(FLOAT, corrections + UPPER) - lowerOfOther) * stepOfOther;
            float sumOfOther = vectors.get(INT, corrections + SUM);
            float inner = lowerOfOther * lower * dimensions
                    + lower * scale * sumOfOther
                    + lowerOfOther * step * sum
                    + scale * step * product;
            float cosine = inner + (additional + vectors.get(FLOAT, corrections + ADDITIONAL) - centroidProduct);
            return Math.max((1 + cosine) / 2, 0);
        }
    }

    /** Inner products of the target with quantized vectors. For one thread. */
    private abstract static class Products {
        final MemorySegment vectors;

        Products(MemorySegment vectors) {
            this.vectors = vectors;
        }

        /** @param at where the other vector begins */
        abstract int with(long at);
    }

    /** Of sixteen-bit lanes. */
    private abstract static class LaneProducts extends Products {
        static final VectorSpecies<Short> LANES = ShortVector.SPECIES_PREFERRED;

        LaneProducts(MemorySegment vectors) {
            super(vectors);
        }

        /** The lanes, unsigned, each two of them added. */
        static IntVector sumOfPairs(ShortVector lanes) {
            IntVector pairs = lanes.reinterpretAsInts();
            return pairs.and(0xFFFF).add(pairs.lanewise(VectorOperators.LSHR, Short.SIZE));
        }
    }

    /** Of dimensions of eight bits or seven, two to a lane of sixteen. */
    private static final class ByteProducts extends LaneProducts {
        private static final VectorSpecies<Integer> SUMS = IntVector.SPECIES_PREFERRED;
        private static final int BYTE = 0xFF;

        private final byte[] target;
        private final short[] even;
        private final short[] odd;
        private final int lanes;

        ByteProducts(MemorySegment vectors, byte[] target) {
            super(vectors);
            this.target = target;
            this.lanes = LANES.loopBound(target.length / 2);
            this.even = new short[lanes];
            this.odd = new short[lanes];
            for (int i = 0; i < lanes; i++) {
                even[i] = (short) Byte.toUnsignedInt(target[2 * i]);
                odd[i] = (short) Byte.toUnsignedInt(target[2 * i + 1]);
            }
        }

        @Override
        int with(long at) {
            IntVector sums = IntVector.zero(SUMS);
            for (int i = 0; i < lanes; i += LANES.length()) {
                var other = ShortVector.fromMemorySegment(LANES, vectors, at + 2L * i, ByteOrder.LITTLE_ENDIAN);
                sums = sums.add(sumOfPairs(other.and((short) BYTE).mul(ShortVector.fromArray(LANES, even, i))));
                sums = sums.add(sumOfPairs(
                        other.lanewise(VectorOperators.LSHR, Byte.SIZE).mul(ShortVector.fromArray(LANES, odd, i))));
            }
            int product = sums.reduceLanes(VectorOperators.ADD);
            for (int i = 2 * lanes; i < target.length; i++) {
                product +=
                        Byte.toUnsignedInt(target[i]) * Byte.toUnsignedInt(vectors.get(ValueLayout.JAVA_BYTE, at + i));
            }
            return product;
        }
    }

    /**
     * Of dimensions of four bits, four to a lane of sixteen. A lane holds the sum of {@code 4 · 15 · 15} at a time 72 times:
     * enough for 1,024 dimensions, as many as Lucene takes, also where a register has but four lanes.
     */
    private static final class NibbleProducts extends LaneProducts {
        private static final int NIBBLE = 0xF;

        private final byte[] target;
        private final int bytes;
        private final short[][] nibbles = new short[4][];
        private final int lanes;

        NibbleProducts(MemorySegment vectors, byte[] target, int bytes) {
            super(vectors);
            this.target = target;
            this.bytes = bytes;
            this.lanes = LANES.loopBound(bytes / 2);
            for (int nibble = 0; nibble < nibbles.length; nibble++) {
                nibbles[nibble] = new short[lanes];
            }
            for (int i = 0; i < lanes; i++) {
                nibbles[0][i] = target[bytes + 2 * i];
                nibbles[1][i] = target[2 * i];
                nibbles[2][i] = target[bytes + 2 * i + 1];
                nibbles[3][i] = target[2 * i + 1];
            }
        }

        @Override
        int with(long at) {
            ShortVector sums = ShortVector.zero(LANES);
            for (int i = 0; i < lanes; i += LANES.length()) {
                var other = ShortVector.fromMemorySegment(LANES, vectors, at + 2L * i, ByteOrder.LITTLE_ENDIAN);
                var first = other.and((short) NIBBLE).mul(ShortVector.fromArray(LANES, nibbles[0], i));
                var second = other.lanewise(VectorOperators.LSHR, 4)
                        .and((short) NIBBLE)
                        .mul(ShortVector.fromArray(LANES, nibbles[1], i));
                var third = other.lanewise(VectorOperators.LSHR, 8)
                        .and((short) NIBBLE)
                        .mul(ShortVector.fromArray(LANES, nibbles[2], i));
                var fourth = other.lanewise(VectorOperators.LSHR, 12).mul(ShortVector.fromArray(LANES, nibbles[3], i));
                sums = sums.add(first.add(second).add(third.add(fourth)));
            }
            int product = sumOfPairs(sums).reduceLanes(VectorOperators.ADD);
            for (int i = 2 * lanes; i < bytes; i++) {
                int other = vectors.get(ValueLayout.JAVA_BYTE, at + i);
                product += target[i] * (other >>> 4 & NIBBLE) + target[bytes + i] * (other & NIBBLE);
            }
            return product;
        }
    }

    /** Of dimensions of one bit or two with the four bits of the target: planes of bits, those of equal worth together. */
    private static final class PlaneProducts extends Products {
        private static final int TARGET_PLANES = 4;

        private final long[] target;
        private final int words;
        private final int planes;
        private final int planeBytes;

        PlaneProducts(MemorySegment vectors, byte[] target, int bytes) {
            super(vectors);
            this.planeBytes = target.length / TARGET_PLANES;
            this.planes = bytes / planeBytes;
            this.words = Math.ceilDiv(planeBytes, Long.BYTES);
            this.target = new long[TARGET_PLANES * words];
            for (int plane = 0; plane < TARGET_PLANES; plane++) {
                byte[] padded = new byte[words * Long.BYTES];
                System.arraycopy(target, plane * planeBytes, padded, 0, planeBytes);
                ByteBuffer.wrap(padded)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asLongBuffer()
                        .get(this.target, plane * words, words);
            }
        }

        @Override
        int with(long at) {
            int product = 0;
            for (int plane = 0; plane < planes; plane++) {
                product += withPlane(at + (long) plane * planeBytes) << plane;
            }
            return product;
        }

        private int withPlane(long at) {
            int first = 0;
            int second = 0;
            int third = 0;
            int fourth = 0;
            for (int i = 0; i < words; i++) {
                long other = word(at, i);
                first += Long.bitCount(other & target[i]);
                second += Long.bitCount(other & target[words + i]);
                third += Long.bitCount(other & target[2 * words + i]);
                fourth += Long.bitCount(other & target[3 * words + i]);
            }
            return first + (second << 1) + (third << 2) + (fourth << 3);
        }

        /** What lies behind the plane's end meets zeros in the target; it is inside the vector's record. */
        private long word(long at, int word) {
            return vectors.get(LONG, at + (long) word * Long.BYTES);
        }
    }
}
