package dev.siskin.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.inference.batching.QueueLimits.Cap;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

final class AdmissionQueueTest {
    private static final QueueLimits LIMITS =
            new QueueLimits(new Cap("max_depth", 2), new Cap("max_tokens", 100), new Cap("max_bytes", 1_000));

    private final ManualTicker ticker = new ManualTicker();
    private final AdmissionQueue<String, String> queue = new AdmissionQueue<>(LIMITS, ticker);

    @Test
    void offer_depthReached_isRefusedUntilAJobIsTaken() {
        queue.offer("a", Demands.small());
        queue.offer("b", Demands.small());

        assertThatThrownBy(() -> queue.offer("c", Demands.small()))
                .isInstanceOf(QueueFullException.class)
                .hasMessage(
                        "the queue is full: 1 jobs more would exceed max_depth=2: try again later, or raise max_depth");
        assertThat(queue.poll(100)).isPresent();
        queue.offer("c", Demands.small());
        assertThat(queue.reading().depth()).isEqualTo(2);
        assertThat(queue.reading().accepted()).isEqualTo(3);
        assertThat(queue.reading().refused()).isEqualTo(1);
    }

    @Test
    void refuseIfFull_depthReached_refusesUntilThereIsRoom() {
        queue.refuseIfFull(Demands.small());
        queue.offer("a", Demands.small());
        queue.refuseIfFull(Demands.small());
        queue.offer("b", Demands.small());

        assertThatThrownBy(() -> queue.refuseIfFull(Demands.small()))
                .isInstanceOf(QueueFullException.class)
                .hasMessageContaining("1 jobs more would exceed max_depth=2");
        assertThat(queue.reading().refused()).isEqualTo(1);
        assertThat(queue.poll(100)).isPresent();
        queue.refuseIfFull(Demands.small());
    }

    @Test
    void offer_tokensOrBytesReached_isRefusedByThatCap() {
        queue.offer("a", Demands.of(60, 600));

        assertThatThrownBy(() -> queue.offer("b", Demands.of(41, 400)))
                .isInstanceOf(QueueFullException.class)
                .hasMessageContaining("41 tokens more would exceed max_tokens=100")
                .hasMessageContaining("raise max_tokens");
        assertThatThrownBy(() -> queue.offer("b", Demands.of(40, 401)))
                .isInstanceOf(QueueFullException.class)
                .hasMessageContaining("401 bytes more would exceed max_bytes=1000");
        queue.offer("b", Demands.of(40, 400));
        assertThat(queue.reading().tokens()).isEqualTo(100);
        assertThat(queue.reading().bytes()).isEqualTo(1_000);
    }

    @Test
    void offer_largerThanAWholeCap_canNeverFit() {
        assertThatThrownBy(() -> queue.offer("a", Demands.of(101, 0)))
                .isInstanceOf(JobTooLargeException.class)
                .hasMessage("a job of 101 tokens never fits max_tokens=100: ask for less, or raise max_tokens");
        assertThatThrownBy(() -> queue.offer("a", Demands.of(1, 1_001)))
                .isInstanceOf(JobTooLargeException.class)
                .hasMessageContaining("1001 bytes", "max_bytes");
        queue.offer("a", Demands.of(100, 1_000));
    }

    @Test
    void cancel_waitingJob_leavesTheCountsAtOnceAndIsNeverTaken() {
        Job<String, String> job = queue.offer("a", Demands.of(60, 600));

        assertThat(job.cancel()).isTrue();
        assertThat(job.cancel()).isFalse();
        assertCounts(0, 0, 0);
        assertThat(queue.reading().cancelled()).isEqualTo(1);
        assertThat(queue.poll(100)).isEmpty();
        assertThatThrownBy(job::await).isInstanceOf(CancellationException.class);
    }

    @Test
    void cancel_jobUnderWork_isSeenByItsWorkerAndKeepsItsResultOut() {
        Job<String, String> job = queue.offer("a", Demands.small());
        Job<String, String> taken = queue.poll(100).orElseThrow();

        assertThat(job.cancel()).isTrue();
        assertThat(taken.isDone()).isTrue();
        assertThat(taken.complete("done")).isFalse();
        assertThat(queue.reading().cancelled()).isZero();
    }

    @Test
    void poll_deadlinePassed_dropsTheJobAndGoesOn() throws Exception {
        Job<String, String> late = queue.offer("late", Demands.within(Duration.ofMillis(5)));
        Job<String, String> inTime = queue.offer("in time", Demands.small());
        ticker.advance(Duration.ofMillis(5));

        assertThat(queue.poll(100)).containsSame(inTime);
        assertThatThrownBy(late::await)
                .isInstanceOf(DeadlinePassedException.class)
                .hasMessage("not done within the 5 ms that were left (waited 5 ms): allow more time");
        assertThat(queue.reading().late()).isEqualTo(1);
        inTime.complete("made");
        assertThat(inTime.await()).isEqualTo("made");
    }

    @Test
    void offer_queueFullOfLateJobs_dropsThem() {
        Job<String, String> late = queue.offer("a", Demands.within(Duration.ofMillis(5)));
        queue.offer("b", Demands.within(Duration.ofMillis(5)));
        ticker.advance(Duration.ofMillis(6));

        queue.offer("c", Demands.small());
        assertCounts(1, 1, 0);
        assertThat(late.isDone()).isTrue();
    }

    @Test
    void offer_noTimeLeft_isRefused() {
        assertThatThrownBy(() -> queue.offer("a", Demands.within(Duration.ZERO)))
                .isInstanceOf(DeadlinePassedException.class);
        assertCounts(0, 0, 0);
    }

    @Test
    void await_deadlinePassesUnderWork_endsTheJob() {
        Job<String, String> job = queue.offer("a", Demands.within(Duration.ofMillis(5)));
        Job<String, String> taken = queue.poll(100).orElseThrow();
        ticker.advance(Duration.ofMillis(5));

        assertThatThrownBy(job::await).isInstanceOf(DeadlinePassedException.class);
        assertThat(taken.isDone()).isTrue();
        assertThat(taken.complete("too late")).isFalse();
        assertThat(queue.reading().late()).isZero();
    }

    @Test
    void await_interrupted_cancels() throws Exception {
        Job<String, String> job = queue.offer("a", Demands.small());
        Thread waiter = Thread.startVirtualThread(
                () -> assertThatThrownBy(job::await).isInstanceOf(InterruptedException.class));
        waiter.interrupt();
        waiter.join();

        assertThat(job.isDone()).isTrue();
        assertCounts(0, 0, 0);
    }

    @Test
    void poll_nextJobDoesNotFit_isNotPassedOver() {
        Job<String, String> large = queue.offer("large", Demands.of(50, 0));
        queue.offer("small", Demands.of(1, 0));

        assertThat(queue.poll(49)).isEmpty();
        assertThat(queue.poll(50)).containsSame(large);
    }

    @Test
    void takeBatch_tokensReached_endsBeforeTheJobThatDoesNotFit() throws Exception {
        var roomy = new AdmissionQueue<String, String>(QueueLimits.DEFAULT, ticker);
        var window = new BatchWindow(8, 100, Duration.ZERO);
        List.of(60, 40, 1, 200, 3).forEach(tokens -> roomy.offer("", Demands.of(tokens, 0)));

        assertThat(tokens(roomy.takeBatch(window, true))).containsExactly(60, 40);
        assertThat(tokens(roomy.takeBatch(window, true))).containsExactly(1);
        assertThat(tokens(roomy.takeBatch(window, true))).containsExactly(200);
        assertThat(tokens(roomy.takeBatch(window, true))).containsExactly(3);
        assertThat(roomy.reading().batches()).isEqualTo(4);
        assertThat(roomy.reading().taken()).isEqualTo(5);
    }

    @Test
    void reading_waitedNanos_areThoseOfTheJobsTaken() {
        queue.offer("a", Demands.small());
        ticker.advance(Duration.ofNanos(30));
        queue.offer("b", Demands.small());
        ticker.advance(Duration.ofNanos(12));

        assertThat(queue.poll(100).orElseThrow().waited()).isEqualTo(Duration.ofNanos(42));
        assertThat(queue.poll(100).orElseThrow().waited()).isEqualTo(Duration.ofNanos(12));
        assertThat(queue.reading().waitedNanos()).isEqualTo(54);
    }

    @Test
    void close_failsWhatWaitsAndWhatComes() throws Exception {
        Job<String, String> taken = queue.offer("a", Demands.small());
        queue.poll(100);
        Job<String, String> waiting = queue.offer("b", Demands.small());
        queue.close();

        assertThatThrownBy(waiting::await)
                .isInstanceOf(QueueClosedException.class)
                .hasMessage("the service is stopping and takes no more work: try again later");
        assertThatThrownBy(() -> queue.offer("c", Demands.small())).isInstanceOf(QueueClosedException.class);
        assertThat(queue.take(_ -> true)).isEmpty();
        assertThat(queue.poll(100)).isEmpty();
        assertCounts(0, 0, 0);
        taken.complete("made");
        assertThat(taken.await()).isEqualTo("made");
    }

    private void assertCounts(int depth, long tokens, long bytes) {
        QueueReading reading = queue.reading();
        assertThat(List.of(reading.depth(), reading.tokens(), reading.bytes()))
                .isEqualTo(List.of(depth, tokens, bytes));
    }

    private static List<Integer> tokens(List<Job<String, String>> batch) {
        return batch.stream().map(job -> job.demand().tokens()).toList();
    }
}
