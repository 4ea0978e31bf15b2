package dev.siskin.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.api.AnswerRequest.Priority;
import dev.siskin.auth.ServiceTier;
import dev.siskin.inference.batching.QueueLimits.Cap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many threads offer, cancel, run late and give up at once: nothing is lost, done twice, or left in the counts. */
@Timeout(120)
final class BatchingStressTest {
    private static final int CLIENTS = 24;
    private static final int JOBS = 400;
    private static final QueueLimits SCARCE =
            new QueueLimits(new Cap("depth", 16), new Cap("tokens", 100), new Cap("bytes", 1_000));

    private enum End {
        DONE,
        REFUSED,
        CANCELLED,
        LATE,
        CLOSED
    }

    /** A question, and how often it was worked on. */
    private record Question(int number, AtomicInteger runs) {}

    private record Ended(Question question, End end) {}

    private final AdmissionQueue<Question, Integer> queue = new AdmissionQueue<>(SCARCE, Ticker.systemTicker());

    private static Integer answer(Job<Question, Integer> job) {
        job.input().runs().incrementAndGet();
        LockSupport.parkNanos(20_000);
        return job.input().number();
    }

    private WindowDrain<Question, Integer> window() {
        var window = new BatchWindow(4, 30, Duration.ofMillis(1));
        return new WindowDrain<>(
                "stress",
                queue,
                2,
                window,
                batch -> batch.stream().map(BatchingStressTest::answer).toList());
    }

    @Test
    void window_offersCancelsAndDeadlinesAtOnce_loseNothing() throws Exception {
        try (var _ = window()) {
            assertNothingIsLost(ended());
        }
    }

    @Test
    void slots_offersCancelsAndDeadlinesAtOnce_loseNothing() throws Exception {
        try (var _ = new SlotDrain<>("stress", queue, 3, _ -> true, BatchingStressTest::answer)) {
            assertNothingIsLost(ended());
        }
    }

    @Test
    void close_whileAllOffer_endsEveryJob() throws Exception {
        List<Ended> ended = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            WindowDrain<Question, Integer> drain = window();
            List<Future<List<Ended>>> running = start(clients);
            while (queue.reading().taken() < 50) {
                Thread.onSpinWait();
            }
            drain.close();
            for (Future<List<Ended>> client : running) {
                ended.addAll(client.get());
            }
        }
        assertThat(ended).hasSize(CLIENTS * JOBS).anyMatch(job -> job.end() == End.CLOSED);
        assertEachWasDoneAtMostOnce(ended);
        assertThat(queue.reading().depth()).isZero();
    }

    private void assertNothingIsLost(List<Ended> ended) {
        assertThat(ended).hasSize(CLIENTS * JOBS).anyMatch(job -> job.end() == End.DONE);
        assertEachWasDoneAtMostOnce(ended);
        QueueReading reading = queue.reading();
        assertThat(List.of((long) reading.depth(), reading.tokens(), reading.bytes()))
                .as("%s", reading)
                .containsOnly(0L);
        assertThat(reading.accepted())
                .as("%s", reading)
                .isEqualTo(reading.taken() + reading.cancelled() + reading.late() + reading.pushedOut());
        assertThat(count(ended, End.REFUSED)).isEqualTo(reading.refused() + reading.pushedOut());
        assertThat(reading.cancelled()).isLessThanOrEqualTo(count(ended, End.CANCELLED));
        assertThat(reading.late()).isLessThanOrEqualTo(count(ended, End.LATE));
    }

    private static void assertEachWasDoneAtMostOnce(List<Ended> ended) {
        assertThat(ended).allSatisfy(job -> {
            int runs = job.question().runs().get();
            switch (job.end()) {
                case DONE -> assertThat(runs).isEqualTo(1);
                case REFUSED, CLOSED -> assertThat(runs).isZero();
                case CANCELLED, LATE -> assertThat(runs).isLessThanOrEqualTo(1);
            }
        });
    }

    private static long count(List<Ended> ended, End end) {
        return ended.stream().filter(job -> job.end() == end).count();
    }

    private List<Ended> ended() throws Exception {
        List<Ended> ended = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<List<Ended>> client : start(clients)) {
                ended.addAll(client.get());
            }
        }
        return ended;
    }

    private List<Future<List<Ended>>> start(ExecutorService clients) {
        List<Future<List<Ended>>> running = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            int number = client;
            running.add(clients.submit(() -> ask(number)));
        }
        return running;
    }

    private List<Ended> ask(int client) throws InterruptedException {
        var random = new Random(client);
        List<Ended> ended = new ArrayList<>();
        for (int job = 0; job < JOBS; job++) {
            var question = new Question(client * JOBS + job, new AtomicInteger());
            ended.add(new Ended(question, ask(question, random)));
        }
        return ended;
    }

    private End ask(Question question, Random random) throws InterruptedException {
        boolean cancelled = random.nextInt(4) == 0;
        try {
            Job<Question, Integer> job = queue.offer(question, drawn(random));
            if (cancelled) {
                Thread.startVirtualThread(job::cancel);
            }
            assertThat(job.await()).isEqualTo(question.number());
            return End.DONE;
        } catch (QueueFullException full) {
            LockSupport.parkNanos(50_000);
            return End.REFUSED;
        } catch (CancellationException expected) {
            assertThat(cancelled).isTrue();
            return End.CANCELLED;
        } catch (DeadlinePassedException late) {
            return End.LATE;
        } catch (QueueClosedException closed) {
            return End.CLOSED;
        }
    }

    private static Demand drawn(Random random) {
        Duration timeLeft = random.nextInt(3) == 0 ? Duration.ofNanos(1 + random.nextInt(2_000_000)) : Demands.LONG;
        return new Demand(
                "tenant-" + random.nextInt(4),
                random.nextBoolean() ? Priority.INTERACTIVE : Priority.BATCH,
                random.nextBoolean() ? ServiceTier.PREMIUM : ServiceTier.STANDARD,
                1 + random.nextInt(20),
                random.nextInt(200),
                timeLeft);
    }
}
