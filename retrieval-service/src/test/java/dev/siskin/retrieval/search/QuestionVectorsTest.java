package dev.siskin.retrieval.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.embedding.EmbeddingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class QuestionVectorsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final AtomicInteger embedded = new AtomicInteger();

    private float[] embed(Duration limit) {
        return new float[] {embedded.incrementAndGet(), 0};
    }

    @Test
    void equalQuestions_areEmbeddedOnce() {
        var vectors = new QuestionVectors(1 << 20);
        assertThat(vectors.of("m", "q", LIMIT, this::embed)).containsExactly(1, 0);
        assertThat(vectors.of("m", "q", LIMIT, this::embed)).containsExactly(1, 0);
        assertThat(vectors.of("other", "q", LIMIT, this::embed)).containsExactly(2, 0);
        assertThat(vectors.of("m", "other", LIMIT, this::embed)).containsExactly(3, 0);
        assertThat(vectors.hits()).isEqualTo(1);
        assertThat(vectors.misses()).isEqualTo(3);
        assertThat(vectors.bytes()).isBetween(3 * 200L, 3 * 300L);
    }

    @Test
    void equalQuestions_thatComeAtOnce_areEmbeddedOnce() throws Exception {
        var vectors = new QuestionVectors(1 << 20);
        var begun = new CountDownLatch(1);
        var end = new CountDownLatch(1);
        List<Future<float[]>> answers = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            answers.add(threads.submit(() -> vectors.of("m", "q", LIMIT, limit -> {
                begun.countDown();
                awaitQuietly(end);
                return embed(limit);
            })));
            begun.await();
            for (int i = 0; i < 99; i++) {
                answers.add(threads.submit(() -> vectors.of("m", "q", LIMIT, this::embed)));
            }
            end.countDown();
            for (Future<float[]> answer : answers) {
                assertThat(answer.get()).containsExactly(1, 0);
            }
        }
        assertThat(vectors.misses()).isEqualTo(1);
        assertThat(vectors.hits()).isEqualTo(99);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void waiting_endsWithTheCallersOwnTime() throws Exception {
        var vectors = new QuestionVectors(1 << 20);
        var begun = new CountDownLatch(1);
        var end = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<float[]> patient = threads.submit(() -> vectors.of("m", "q", LIMIT, limit -> {
                begun.countDown();
                awaitQuietly(end);
                return embed(limit);
            }));
            begun.await();
            assertThatThrownBy(() -> vectors.of("m", "q", Duration.ofMillis(1), this::embed))
                    .isInstanceOf(EmbeddingException.class)
                    .hasMessageContaining("within 1 ms");
            end.countDown();
            assertThat(patient.get()).containsExactly(1, 0);
        }
    }

    @Test
    void failure_isNotKept() {
        var vectors = new QuestionVectors(1 << 20);
        assertThatThrownBy(() -> vectors.of("m", "q", LIMIT, limit -> {
                    throw new EmbeddingException("broken");
                }))
                .hasMessage("broken");
        assertThat(vectors.of("m", "q", LIMIT, this::embed)).containsExactly(1, 0);
    }

    @Test
    void bytes_neverExceedTheBound() {
        var vectors = new QuestionVectors(10_000);
        for (int i = 0; i < 1_000; i++) {
            vectors.of("m", "question " + i, LIMIT, this::embed);
        }
        assertThat(vectors.bytes()).isPositive().isLessThanOrEqualTo(10_000);
    }

    @Test
    void boundOfZero_keepsNothing() {
        var vectors = new QuestionVectors(0);
        vectors.of("m", "q", LIMIT, this::embed);
        assertThat(vectors.of("m", "q", LIMIT, this::embed)).containsExactly(2, 0);
        assertThat(vectors.bytes()).isZero();
    }
}
