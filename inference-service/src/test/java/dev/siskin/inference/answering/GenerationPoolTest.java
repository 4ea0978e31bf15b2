package dev.siskin.inference.answering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.inference.generation.Cancellation;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class GenerationPoolTest {
    @Test
    @Timeout(30)
    void run_queueFull_isRefusedAndTheRestIsMade() {
        var release = new CountDownLatch(1);
        try (var pool = new GenerationPool(1, 1);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            var refused = new CompletableFuture<String>();
            List<CompletableFuture<String>> answers = Stream.of("a", "b", "c")
                    .map(text -> CompletableFuture.supplyAsync(() -> run(pool, () -> made(text, release)), callers))
                    .toList();
            answers.forEach(answer -> answer.exceptionally(failure -> {
                refused.complete(String.valueOf(failure.getMessage()));
                return "";
            }));

            assertThat(refused.join()).contains("1 answers wait", "SISKIN_INFERENCE_GENERATION_QUEUE");
            release.countDown();
            assertThat(answers.stream().filter(answer -> !answer.isCompletedExceptionally()))
                    .hasSize(2)
                    .allSatisfy(answer -> assertThat(answer.join()).isIn("a", "b", "c"));
        }
    }

    @Test
    void run_failure_isTheWorksOwn() {
        try (var pool = new GenerationPool(1, 1)) {
            assertThatThrownBy(() -> run(pool, () -> {
                        throw new IllegalArgumentException("no sentences");
                    }))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("no sentences");
        }
    }

    private static String run(GenerationPool pool, Supplier<String> work) {
        try {
            return pool.run(work, Duration.ofSeconds(20), new Cancellation());
        } catch (TimeoutException late) {
            throw new IllegalStateException(late);
        }
    }

    private static String made(String text, CountDownLatch release) {
        try {
            release.await();
            return text;
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
