package dev.siskin.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Time stands still but where a test moves it, so that what happens does so for its own reason and not for age. */
@Timeout(60)
final class DrainTest {
    private final ManualTicker ticker = new ManualTicker();
    private final AdmissionQueue<String, String> queue = new AdmissionQueue<>(QueueLimits.DEFAULT, ticker);
    private final BlockingQueue<Integer> started = new LinkedBlockingQueue<>();
    private final Semaphore mayEnd = new Semaphore(0);

    private List<String> work(List<Job<String, String>> batch) {
        started.add(batch.size());
        mayEnd.acquireUninterruptibly();
        return batch.stream().map(job -> "made " + job.input()).toList();
    }

    private WindowDrain<String, String> window() {
        return new WindowDrain<>("window", queue, 1, BatchWindow.DEFAULT, this::work);
    }

    private List<Job<String, String>> offer(int jobs) {
        return IntStream.range(0, jobs)
                .mapToObj(n -> queue.offer(Integer.toString(n), Demands.small()))
                .toList();
    }

    @Test
    void window_idleWorker_takesOneJobAtOnce() throws Exception {
        try (var _ = window()) {
            Job<String, String> job = offer(1).getFirst();
            assertThat(started.take()).isEqualTo(1);
            mayEnd.release();
            assertThat(job.await()).isEqualTo("made 0");
            assertThat(job.waited()).isZero();
        }
    }

    @Test
    void window_afterABusySpell_waitsUntilTheBatchIsFull() throws Exception {
        try (var _ = window()) {
            offer(1);
            assertThat(started.take()).isEqualTo(1);
            List<Job<String, String>> first = offer(3);
            mayEnd.release();
            List<Job<String, String>> rest = offer(6);
            mayEnd.release();
            assertThat(started.take()).isEqualTo(8);
            assertThat(first.getFirst().await()).isEqualTo("made 0");
            assertThat(rest.get(4).await()).isEqualTo("made 4");

            ticker.advance(BatchWindow.DEFAULT_MAX_WAIT);
            mayEnd.release();
            assertThat(started.take()).isEqualTo(1);
            assertThat(rest.get(5).await()).isEqualTo("made 5");
        }
    }

    @Test
    void window_afterABusySpell_goesWhenTheOldestHasWaitedLongEnough() throws Exception {
        try (var _ = window()) {
            offer(1);
            started.take();
            List<Job<String, String>> jobs = offer(1);
            ticker.advance(Duration.ofMillis(11));
            offer(2);
            ticker.advance(Duration.ofMillis(1));
            mayEnd.release(2);
            assertThat(started.take()).isEqualTo(3);
            jobs.getFirst().await();
            assertThat(jobs.getFirst().waited()).isEqualTo(Duration.ofMillis(12));
        }
    }

    /** One client that asks again as soon as it is answered never waits for others. */
    @Test
    void window_nothingWaitedAtTheEndOfABatch_takesTheNextJobAtOnce() throws Exception {
        mayEnd.release(50);
        try (var _ = window()) {
            for (int n = 0; n < 50; n++) {
                assertThat(offer(1).getFirst().await()).isEqualTo("made 0");
            }
        }
    }

    @Test
    void window_failureOfTheWork_isThatOfEachJobAndTheWorkerGoesOn() throws Exception {
        try (var _ = new WindowDrain<>("window", queue, 1, BatchWindow.DEFAULT, (List<Job<String, String>> batch) -> {
            if (batch.getFirst().input().equals("bad")) {
                throw new IllegalArgumentException("no model");
            }
            return batch.getFirst().input().equals("short") ? List.<String>of() : List.of("made");
        })) {
            assertThatThrownBy(queue.offer("bad", Demands.small())::await)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("no model");
            assertThatThrownBy(queue.offer("short", Demands.small())::await)
                    .hasMessage("a batch of 1 jobs had 0 outputs");
            assertThat(queue.offer("good", Demands.small()).await()).isEqualTo("made");
        }
    }

    @Test
    void slots_asManyJobsAtOnceAsThereAreSlots() throws Exception {
        var together = new CyclicBarrier(3);
        try (var _ = new SlotDrain<>("slots", queue, 3, _ -> true, (Job<String, String> job) -> {
            meet(together);
            return "made " + job.input();
        })) {
            List<Job<String, String>> jobs = offer(3);
            assertThat(jobs.get(0).await()).isEqualTo("made 0");
            assertThat(jobs.get(2).await()).isEqualTo("made 2");
        }
    }

    /** Of 100 tokens of room in all. */
    private SlotDrain<String, String> roomy() {
        return new SlotDrain<>(
                "slots",
                queue,
                4,
                demands -> demands.stream().mapToInt(Demand::tokens).sum() <= 100,
                (Job<String, String> job) -> work(List.of(job)).getFirst());
    }

    @Test
    void slots_noRoomForTheNextJob_itWaitsInTheQueueAndIsNotPassedOver() throws Exception {
        try (var _ = roomy()) {
            queue.offer("a", Demands.of("tenant", 60));
            started.take();
            Job<String, String> large = queue.offer("b", Demands.of("tenant", 60));
            Job<String, String> small = queue.offer("c", Demands.of("tenant", 10));
            assertThat(queue.reading().depth()).isEqualTo(2);

            mayEnd.release();
            started.take();
            started.take(); // both go when the first is done
            assertThat(queue.reading().depth()).isZero();
            mayEnd.release(2);
            assertThat(large.await()).isEqualTo("made b");
            assertThat(small.await()).isEqualTo("made c");
        }
    }

    @Test
    void slots_noRoom_turnsBetweenTenantsHold() throws Exception {
        try (var _ = roomy()) {
            Job<String, String> first = queue.offer("a", Demands.of("busy", 100));
            started.take();
            Job<String, String> second = queue.offer("b", Demands.of("busy", 100));
            Job<String, String> third = queue.offer("c", Demands.of("busy", 100));
            Job<String, String> others = queue.offer("d", Demands.of("other", 100));

            mayEnd.release();
            first.await();
            started.take();
            assertThat(second.waited()).isEqualTo(Duration.ZERO);
            mayEnd.release();
            second.await();
            started.take();
            mayEnd.release();
            assertThat(others.await())
                    .as("before the third of the other tenant")
                    .isEqualTo("made d");
            assertThat(third.isDone()).isFalse();
            mayEnd.release();
            assertThat(third.await()).isEqualTo("made c");
        }
    }

    @Test
    void slots_jobThatNeverFits_runsByItself_andOneThatIsGivenUpHoldsUpNobody() throws Exception {
        try (var _ = roomy()) {
            Job<String, String> alone = queue.offer("a", Demands.of("tenant", 500));
            started.take();
            mayEnd.release();
            assertThat(alone.await()).isEqualTo("made a");

            queue.offer("b", Demands.of("tenant", 60));
            started.take();
            Job<String, String> waits = queue.offer("c", Demands.of("tenant", 60));
            Job<String, String> behind = queue.offer("d", Demands.of("tenant", 10));
            waits.cancel();
            started.take();
            mayEnd.release(2);
            assertThat(behind.await()).isEqualTo("made d");
        }
    }

    @Test
    void slots_full_theRestWaitsAndCounts() throws Exception {
        try (var _ = new SlotDrain<>(
                "slots",
                queue,
                1,
                _ -> true,
                (Job<String, String> job) -> work(List.of(job)).getFirst())) {
            List<Job<String, String>> jobs = offer(3);
            started.take();
            assertThat(queue.reading().depth()).isEqualTo(2);
            mayEnd.release(3);
            assertThat(jobs.get(2).await()).isEqualTo("made 2");
            assertThat(queue.reading().depth()).isZero();
        }
    }

    @Test
    void slots_workThatLeavesItsThreadInterrupted_doesNotStopIt() throws Exception {
        try (var _ = new SlotDrain<>("slots", queue, 1, _ -> true, (Job<String, String> job) -> {
            Thread.currentThread().interrupt();
            return "made";
        })) {
            for (Job<String, String> job : offer(3)) {
                assertThat(job.await()).isEqualTo("made");
            }
        }
    }

    @Test
    void close_finishesWhatRunsFailsWhatWaitsAndLeavesNoThread() throws Exception {
        var drain = new WindowDrain<>("closing", queue, 2, new BatchWindow(1, 1, Duration.ZERO), this::work);
        List<Job<String, String>> jobs = offer(3);
        started.take();
        started.take();
        Thread closer = Thread.startVirtualThread(drain::close);
        assertThatThrownBy(jobs.get(2)::await).isInstanceOf(QueueClosedException.class);
        assertThat(jobs.get(0).isDone()).isFalse();
        mayEnd.release(2);
        closer.join();

        assertThat(jobs.get(0).await()).isEqualTo("made 0");
        assertThat(jobs.get(1).await()).isEqualTo("made 1");
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("closing-"));
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception broken) {
            throw new IllegalStateException(broken);
        }
    }
}
