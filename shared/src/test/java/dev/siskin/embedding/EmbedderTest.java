package dev.siskin.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.runtime.Tokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EmbedderTest {
    private static final List<String> TEXTS = IntStream.range(0, 24)
            .mapToObj(i -> "text number " + i + " of a few ".repeat(i * 3))
            .toList();
    private static final String LONG_TEXT = "one two three ".repeat(500);

    @Test
    void sameText_givesTheSameVectorWhateverRunsBeside() throws Exception {
        List<float[]> alone;
        try (Embedder embedder = open(1, 64)) {
            alone = TEXTS.stream()
                    .map(text -> embedder.embedPassage(text).vector())
                    .toList();
        }
        try (Embedder embedder = open(4, 64);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<float[]>> calls = TEXTS.stream()
                    .map(text -> (Callable<float[]>)
                            () -> embedder.embedPassage(text).vector())
                    .toList();
            for (int round = 0; round < 3; round++) {
                List<Future<float[]>> vectors = callers.invokeAll(calls);
                for (int i = 0; i < vectors.size(); i++) {
                    assertThat(vectors.get(i).get()).isEqualTo(alone.get(i));
                }
            }
        }
    }

    @Test
    void fullQueue_refusesAtOnceAndTakesTextsAgainLater() throws Exception {
        try (Embedder embedder = open(1, 2);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Embedding>> calls = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                calls.add(callers.submit(() -> embedder.embedPassage(LONG_TEXT)));
            }

            int refused = 0;
            for (Future<Embedding> call : calls) {
                try {
                    assertThat(call.get().vector()).hasSize(384);
                } catch (ExecutionException e) {
                    assertThat(e.getCause())
                            .isInstanceOf(EmbeddingQueueFullException.class)
                            .hasMessageContaining("queue_depth=2");
                    refused++;
                }
            }

            assertThat(refused).isBetween(1, 37);
            assertThat(embedder.waiting()).isZero();
            assertThat(embedder.embedPassage("again").tokens()).isEqualTo(3);
        }
    }

    @Test
    void timeLimit_endsTheWaitAndEmptiesTheQueue() {
        try (Embedder embedder = open(1, 8)) {
            assertThatThrownBy(() -> embedder.embed(EmbeddingInput.PASSAGE, LONG_TEXT, Duration.ofNanos(1)))
                    .isInstanceOf(EmbeddingTimeoutException.class)
                    .hasMessageContaining("limit_ms=0");
            assertThat(embedder.waiting()).isZero();
            assertThat(embedder.embed(EmbeddingInput.QUERY, "now", Duration.ofMinutes(1))
                            .vector())
                    .hasSize(384);
        }
    }

    @Test
    void closedEmbedder_saysSo() {
        Embedder embedder = open(1, 8);
        Tokenizer tokenizer = embedder.tokenizer();
        embedder.close();
        embedder.close();

        assertThatThrownBy(() -> embedder.embedQuery("late"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> tokenizer.countTokens("late"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void settings_nameTheirRange() {
        assertThatThrownBy(() -> new EmbedderSettings(0, 8)).hasMessage("threads must be from 1 to 256: threads=0");
        assertThatThrownBy(() -> new EmbedderSettings(1, 0))
                .hasMessage("queue_depth must be from 1 to 100000: queue_depth=0");
    }

    private static Embedder open(int threads, int queueDepth) {
        return Embedder.open(TestModels.directory(TestModels.MINILM), new EmbedderSettings(threads, queueDepth));
    }
}
