package dev.siskin.retrieval.collection;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.lucene.codecs.hnsw.DefaultFlatVectorScorer;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.hnsw.HnswGraphBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WriteHeapTest {
    private static final int VECTORS = 3000;
    private static final int DIMENSIONS = 64;

    @ParameterizedTest
    @ValueSource(ints = {8, 16, 32})
    void nodeBytes_boundWhatLucenesGraphTakes(int maxConnections) throws IOException {
        var random = new Random(maxConnections);
        var vectors = new ArrayList<float[]>();
        for (int i = 0; i < VECTORS; i++) {
            var vector = new float[DIMENSIONS];
            for (int d = 0; d < DIMENSIONS; d++) {
                vector[d] = (float) random.nextGaussian();
            }
            vectors.add(vector);
        }
        var scorers = DefaultFlatVectorScorer.INSTANCE.getRandomVectorScorerSupplier(
                VectorSimilarityFunction.EUCLIDEAN, FloatVectorValues.fromFloats(vectors, DIMENSIONS));
        long bytes = HnswGraphBuilder.create(scorers, maxConnections, 100, 42)
                .build(VECTORS)
                .ramBytesUsed();
        assertThat(bytes / VECTORS)
                .isLessThanOrEqualTo(WriteHeap.nodeBytes(maxConnections))
                .isGreaterThan(WriteHeap.nodeBytes(maxConnections) / 3);
    }

    @Test
    void merge_thatDoesNotFitBesideAnother_waitsForIt() throws Exception {
        var heap = new WriteHeap(1 << 30, true);
        var isRunning = new CountDownLatch(1);
        var mayEnd = new CountDownLatch(1);
        var order = new java.util.concurrent.ConcurrentLinkedQueue<String>();
        Thread large = Thread.ofPlatform()
                .start(() -> merge(heap, heap.largestMerge(), () -> {
                    isRunning.countDown();
                    await(mayEnd);
                    order.add("large");
                }));
        await(isRunning);
        merge(heap, 1, () -> order.add("small"));
        Thread second = Thread.ofPlatform().start(() -> merge(heap, heap.largestMerge(), () -> order.add("second")));
        mayEnd.countDown();
        large.join();
        second.join();
        assertThat(order).containsExactly("small", "large", "second");
    }

    @Test
    void merge_thatIsAbortedWhileItWaits_isLetThrough() throws Exception {
        var heap = new WriteHeap(1 << 30, true);
        merge(heap, heap.largestMerge(), () -> {
            var ran = new CountDownLatch(1);
            try {
                heap.merge(heap.largestMerge(), () -> true, ran::countDown);
            } catch (IOException failure) {
                throw new AssertionError(failure);
            }
            assertThat(ran.getCount()).isZero();
        });
    }

    private static void merge(WriteHeap heap, long weight, Runnable work) {
        try {
            heap.merge(weight, () -> false, work::run);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException stop) {
            throw new AssertionError(stop);
        }
    }

    @Test
    void haveMergesEnded_isSaidOnceAfterTheLastMerge() throws Exception {
        var heap = new WriteHeap(1 << 20, true);
        assertThat(heap.haveMergesEnded()).isFalse();
        heap.merge(1, () -> false, () -> {
            heap.merge(1, () -> false, () -> {});
            assertThat(heap.haveMergesEnded()).isFalse();
        });
        assertThat(heap.haveMergesEnded()).isTrue();
        assertThat(heap.haveMergesEnded()).isFalse();
    }
}
