package dev.siskin.retrieval.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.retrieval.collection.RetrievalException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

class WorkPoolTest {
    @Test
    void run_withAFullQueue_isRefusedAtOnceAndTheOthersFinish() throws Exception {
        var begun = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        try (var pool = new WorkPool("search", 1, 1);
                var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> running = callers.submit(() -> pool.run(() -> {
                begun.countDown();
                release.await();
                return Thread.currentThread().getName();
            }));
            begun.await();
            Future<Integer> waiting = callers.submit(() -> pool.run(() -> 2));
            while (pool.waiting() == 0) {
                Thread.onSpinWait();
            }
            assertThatThrownBy(() -> pool.run(() -> 3))
                    .isInstanceOfSatisfying(
                            RetrievalException.class,
                            full -> assertThat(full.kind()).isEqualTo(RetrievalException.Kind.UNAVAILABLE))
                    .hasMessageContaining("search queue is full: 1");
            release.countDown();
            assertThat(running.get()).isEqualTo("search-0");
            assertThat(waiting.get()).isEqualTo(2);
        }
    }

    @Test
    void run_ofWorkThatFails_throwsItsFailure() {
        try (var pool = new WorkPool("write", 1, 1)) {
            assertThatThrownBy(() -> pool.run(() -> {
                        throw new IOException("broken");
                    }))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("broken");
        }
    }

    @Test
    void run_interrupted_waitsForWhatHasBegunAndNotForWhatHasNot() throws Exception {
        var begun = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var results = new LinkedBlockingQueue<String>();
        try (var pool = new WorkPool("write", 1, 1)) {
            Thread running = Thread.ofVirtual().start(() -> {
                pool.run(() -> {
                    begun.countDown();
                    release.await();
                    return results.add("work");
                });
                results.add("caller, interrupted " + Thread.currentThread().isInterrupted());
            });
            begun.await();
            Thread waiting = Thread.ofVirtual().start(() -> {
                try {
                    pool.run(() -> results.add("never"));
                } catch (RetrievalException stopping) {
                    results.add(String.valueOf(stopping.getMessage()));
                }
            });
            while (pool.waiting() == 0) {
                Thread.onSpinWait();
            }
            running.interrupt();
            waiting.interrupt();
            assertThat(results.take()).isEqualTo("the service is stopping");
            waiting.join();
            assertThat(running.isAlive()).isTrue();
            release.countDown();
            running.join();
            assertThat(results).containsExactly("work", "caller, interrupted true");
        }
    }
}
