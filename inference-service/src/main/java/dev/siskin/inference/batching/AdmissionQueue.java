package dev.siskin.inference.batching;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.inference.batching.PushOut.Measure;
import dev.siskin.inference.batching.QueueLimits.Cap;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * Where the jobs of one generation tier wait for a worker.
 *
 * <p><b>Admission.</b> A job is let in while the number, tokens and bytes of all that wait stay within {@link
 * QueueLimits}, and refused otherwise: there is no other queue before this one. Jobs being worked on do not count. A full
 * queue is shared out: for a tenant with less than its even share jobs of the one with most are pushed out ({@link
 * PushOut}), which ends them as if they had been refused.
 *
 * <p><b>Order.</b> Interactive before batch, premium before standard, in turns between tenants by tokens, and every
 * eighth job taken is the oldest: {@link WaitingJobs}.
 *
 * <p><b>Leaving.</b> A job leaves the counts at once where it is taken, is cancelled, or its waiter finds its deadline
 * passed. One that nobody awaits is dropped when its turn comes or when room is wanted: a late job is never taken, and
 * takes no room from one that is not.
 *
 * <p><b>Concurrency.</b> One lock, never held while work is done. Thread-safe.
 *
 * @param <I> what the work needs
 * @param <O> what the work makes
 */
public final class AdmissionQueue<I, O> implements AutoCloseable {
    private final QueueLimits limits;
    private final List<Measure> measures;
    private final Ticker ticker;
    private final ReentrantLock lock = new ReentrantLock();
    /** Workers that found nothing to do wait here; they take what comes at once. */
    private final Condition arrival = lock.newCondition();
    /** Workers that wait for a batch to grow. */
    private final Condition gathering = lock.newCondition();

    private final WaitingJobs<I, O> waiting = new WaitingJobs<>();
    private boolean closed;
    private long accepted;
    private long refused;
    private long pushedOut;
    private long taken;
    private long batches;
    private long cancelled;
    private long late;
    private long waitedNanos;

    public AdmissionQueue(QueueLimits limits, Ticker ticker) {
        this.limits = limits;
        this.measures = Measure.of(limits);
        this.ticker = ticker;
    }

    /**
     * Lets a job in.
     *
     * @throws QueueFullException where there is no room for it now, and none can be made
     * @throws JobTooLargeException where it is larger than a whole cap
     * @throws DeadlinePassedException where it has no time left
     * @throws QueueClosedException where the queue is closed
     */
    public Job<I, O> offer(I input, Demand demand) {
        var job = new Job<>(this, input, demand, now());
        requireThatItCanFit(demand);
        lock.lock();
        try {
            if (closed) {
                throw closedException();
            }
            if (job.isLate()) {
                throw lateException(job);
            }
            admit(job);
            accepted++;
            wakeOne();
            return job;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Refuses what would be refused if it came now, before it is made.
     *
     * @param least that it may need
     * @throws QueueFullException where there is no room for that, and none can be made
     */
    public void refuseIfFull(Demand least) {
        lock.lock();
        try {
            roomFor(least);
        } finally {
            lock.unlock();
        }
    }

    private void requireThatItCanFit(Demand demand) {
        for (Measure measure : measures) {
            long wanted = measure.of().applyAsLong(demand);
            Cap cap = measure.cap();
            if (wanted > cap.max()) {
                throw new JobTooLargeException("a job of %d %s never fits %s: ask for less, or raise %s"
                        .formatted(wanted, measure.unit(), cap, cap.setting()));
            }
        }
    }

    private void admit(Job<I, O> job) {
        for (Job<I, O> leaving : roomFor(job.demand())) {
            waiting.remove(leaving);
            pushedOut++;
            leaving.fail(new QueueFullException(
                    "the queue is full, and others who hold less of it ask too: try again later"));
        }
        waiting.add(job);
    }

    /** The jobs that would have to leave for another; none where there is room. */
    private List<Job<I, O>> roomFor(Demand newcomer) {
        if (isFullFor(newcomer)) {
            waiting.all().forEach(this::dropIfLate);
        }
        if (!isFullFor(newcomer)) {
            return List.of();
        }
        try {
            return new PushOut<>(waiting.all(), newcomer).leaving(measures);
        } catch (QueueFullException full) {
            refused++;
            throw full;
        }
    }

    private boolean isFullFor(Demand demand) {
        return waiting.depth() + 1 > limits.depth().max()
                || waiting.tokens() + demand.tokens() > limits.tokens().max()
                || waiting.bytes() + demand.bytes() > limits.bytes().max();
    }

    private void wakeOne() {
        if (lock.hasWaiters(arrival)) {
            arrival.signal();
        } else {
            gathering.signal();
        }
    }

    /**
     * Waits for a batch, as the one worker or one of several. For an idle worker what waits, or else the first job that
     * arrives, goes at once; for one that comes from work a batch that is not full waits to grow, as {@link BatchWindow}
     * says. The batch is the next jobs in order: one that does not fit its tokens ends it and is not passed over.
     *
     * @param idle whether nothing waited when the worker was done with its last batch, or there was none
     * @return at least one job; none where the queue is closed
     */
    public List<Job<I, O>> takeBatch(BatchWindow window, boolean idle) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            boolean atOnce = idle;
            while (!closed) {
                if (waiting.isEmpty()) {
                    atOnce = true;
                    arrival.await();
                    continue;
                }
                long wait = atOnce ? 0 : nanosToWait(window);
                if (wait > 0) {
                    gathering.awaitNanos(wait);
                    continue;
                }
                List<Job<I, O>> batch = remove(window.maxBatchSize(), window.maxBatchTokens(), true);
                if (!batch.isEmpty()) {
                    return batch;
                }
            }
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    private long nanosToWait(BatchWindow window) {
        long oldestWaited = waiting.oldest().age().toNanos();
        return window.nanosToWait(waiting.depth(), waiting.tokens(), oldestWaited);
    }

    /**
     * The next job, without waiting for one.
     *
     * @param maxTokens that there is room for
     * @return none where nothing waits, or where the next job is larger: it is not passed over
     */
    public Optional<Job<I, O>> poll(long maxTokens) {
        lock.lock();
        try {
            return remove(1, maxTokens, false).stream().findFirst();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for the next job, and until there is room for it: it is not passed over.
     *
     * @param claim whether there is room for a job, which it then has; asked again where a job comes or goes, and after
     *     {@link #look}
     * @return none where the queue is closed
     */
    public Optional<Job<I, O>> take(Predicate<Demand> claim) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed) {
                dropLateOnes();
                if (!waiting.isEmpty() && claim.test(waiting.next().demand())) {
                    Job<I, O> job = waiting.next();
                    taken(job);
                    batches++;
                    arrival.signal(); // there may be room for another
                    return Optional.of(job);
                }
                arrival.await();
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /** Those whose turn it is and whose time has passed. */
    private void dropLateOnes() {
        while (!waiting.isEmpty() && waiting.next().isLate()) {
            dropIfLate(waiting.next());
        }
    }

    /** Has workers that wait for room ask again. */
    public void look() {
        lock.lock();
        try {
            arrival.signal();
        } finally {
            lock.unlock();
        }
    }

    private List<Job<I, O>> remove(int maxJobs, long maxTokens, boolean atLeastOne) {
        List<Job<I, O>> batch = new ArrayList<>();
        long tokens = 0;
        while (batch.size() < maxJobs && !waiting.isEmpty()) {
            Job<I, O> job = waiting.next();
            if (job.isLate()) {
                dropIfLate(job);
                continue;
            }
            tokens += job.demand().tokens();
            if (tokens > maxTokens && !(atLeastOne && batch.isEmpty())) {
                break;
            }
            taken(job);
            batch.add(job);
        }
        batches += batch.isEmpty() ? 0 : 1;
        return batch;
    }

    private void taken(Job<I, O> job) {
        waiting.take(job);
        job.markTaken();
        waitedNanos += job.waited().toNanos();
        taken++;
    }

    boolean cancel(Job<I, O> job) {
        lock.lock();
        try {
            if (waiting.remove(job)) {
                cancelled++;
                arrival.signal(); // the next one may be smaller
            }
            return job.markCancelled();
        } finally {
            lock.unlock();
        }
    }

    /** Ends a job whose deadline has passed, where it waits and where it is worked on. */
    void dropIfLate(Job<I, O> job) {
        lock.lock();
        try {
            if (!job.isLate()) {
                return;
            }
            if (waiting.remove(job)) {
                late++;
                arrival.signal();
            }
            job.fail(lateException(job));
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing waits. */
    boolean isEmpty() {
        lock.lock();
        try {
            return waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    long now() {
        return ticker.read();
    }

    /** What waits now, and what came of all jobs until now. */
    public QueueReading reading() {
        lock.lock();
        try {
            return new QueueReading(
                    waiting.depth(),
                    waiting.tokens(),
                    waiting.bytes(),
                    accepted,
                    refused,
                    pushedOut,
                    taken,
                    batches,
                    cancelled,
                    late,
                    waitedNanos);
        } finally {
            lock.unlock();
        }
    }

    /** Lets no job in any more and fails those that wait; workers finish what they have taken. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            for (Job<I, O> job : waiting.all()) {
                waiting.remove(job);
                job.fail(closedException());
            }
            arrival.signalAll();
            gathering.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static QueueClosedException closedException() {
        return new QueueClosedException("the service is stopping and takes no more work: try again later");
    }

    private static DeadlinePassedException lateException(Job<?, ?> job) {
        return new DeadlinePassedException("not done within the %d ms that were left (waited %d ms): allow more time"
                .formatted(job.demand().timeLeft().toMillis(), job.age().toMillis()));
    }
}
