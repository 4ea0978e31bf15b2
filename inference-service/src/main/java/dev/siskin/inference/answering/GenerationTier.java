package dev.siskin.inference.answering;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.api.Tier;
import dev.siskin.inference.accounting.HeldBytes;
import dev.siskin.inference.accounting.Pressure;
import dev.siskin.inference.batching.AdmissionQueue;
import dev.siskin.inference.batching.DeadlinePassedException;
import dev.siskin.inference.batching.Demand;
import dev.siskin.inference.batching.Job;
import dev.siskin.inference.batching.JobTooLargeException;
import dev.siskin.inference.batching.QueueClosedException;
import dev.siskin.inference.batching.QueueFullException;
import dev.siskin.inference.batching.QueueLimits;
import dev.siskin.inference.batching.QueueReading;
import dev.siskin.inference.batching.SlotDrain;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.CancelledException;
import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.Generator;
import dev.siskin.inference.generation.ModelFailedException;
import dev.siskin.inference.generation.Prompt;
import dev.siskin.inference.routing.TierPlan;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A tier at work: its generator, and the one queue before it. Thread-safe. */
public final class GenerationTier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GenerationTier.class);

    private final TierPlan plan;
    private final String name;
    private final Generator generator;
    private final QueueLimits limits;
    private final AdmissionQueue<Work, Generated> queue;
    private final SlotDrain<Work, Generated> drain;

    private record Work(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation) {}

    /**
     * @param limits of what may wait
     * @param slots answers generated at once
     */
    public GenerationTier(TierPlan plan, Generator generator, QueueLimits limits, int slots, Ticker ticker) {
        this.plan = plan;
        this.generator = generator;
        this.limits = limits;
        this.queue = new AdmissionQueue<>(limits, ticker);
        this.name = plan.tier().name().toLowerCase(Locale.ROOT);
        this.drain = new SlotDrain<>("generate-" + name, queue, slots, this::hasRoom, this::generate);
    }

    /** What waits for room in the model's cache waits in the queue, where turns and limits hold. */
    private boolean hasRoom(List<Demand> together) {
        return generator.hasRoom(together.stream().map(Demand::tokens).toList());
    }

    /** A fault of the generator's own, out of memory or stack among them, ends its job and no more. */
    private Generated generate(Job<Work, Generated> job) {
        Work work = job.input();
        try {
            return generator.generate(work.prompt(), work.drafts(), work.cancellation());
        } catch (ModelFailedException | CancelledException known) {
            throw known;
        } catch (RuntimeException | Error fault) {
            LOG.error("tier {} failed", name, fault);
            throw new ModelFailedException("its generator failed; the log has the cause", fault);
        }
    }

    public TierPlan plan() {
        return plan;
    }

    /** From which pressure on memory here it must not be asked; nothing where it needs next to none. */
    Optional<Pressure> refusedFrom() {
        if (plan.tier() == Tier.EXTRACTIVE) {
            return Optional.empty();
        }
        return Optional.of(generator.isElsewhere() ? Pressure.REFUSE : Pressure.DEGRADE);
    }

    /** The memory its model holds in this process outside the heap, by owner. */
    public List<HeldBytes> held() {
        return generator.held();
    }

    /** Bytes that may wait. */
    public long queueBytes() {
        return limits.bytes().max();
    }

    /** How full the queue is, by whatever fills it most: 0 to 1. */
    public double fullness() {
        QueueReading now = queue.reading();
        double jobs = (double) now.depth() / limits.depth().max();
        double tokens = (double) now.tokens() / limits.tokens().max();
        double bytes = (double) now.bytes() / limits.bytes().max();
        return Math.max(jobs, Math.max(tokens, bytes));
    }

    /** What waits, and what came of all that did. */
    public QueueReading queue() {
        return queue.reading();
    }

    /** @throws QueueFullException where nothing more may wait now */
    void refuseIfFull(Demand least) {
        queue.refuseIfFull(least);
    }

    /**
     * Waits for its turn and generates.
     *
     * @param cancellation ends it; given by this method where its time runs out
     * @throws TierFailedException where the queue is full, the model fails, or time runs out
     * @throws CancelledException where nobody waits any more
     */
    Generated generate(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation, Demand demand)
            throws TierFailedException {
        try {
            Job<Work, Generated> job = queue.offer(new Work(prompt, drafts, cancellation), demand);
            cancellation.onCancel(job::cancel);
            return job.await();
        } catch (QueueFullException | JobTooLargeException | QueueClosedException full) {
            throw new TierFailedException(Cause.QUEUE_FULL, full);
        } catch (ModelFailedException failed) {
            throw new TierFailedException(
                    Cause.MODEL_FAILED,
                    new ModelFailedException("tier " + name + " cannot answer now: " + failed.getMessage(), failed));
        } catch (DeadlinePassedException late) {
            cancellation.cancel();
            throw new TierFailedException(
                    Cause.DEADLINE, new TooLateException("no answer in time: " + late.getMessage()));
        } catch (CancellationException cancelled) {
            throw new CancelledException();
        } catch (InterruptedException interrupted) {
            cancellation.cancel();
            Thread.currentThread().interrupt();
            throw new CancelledException();
        }
    }

    /** Fails what waits, finishes what is being generated, and lets go of the model. */
    @Override
    public void close() {
        drain.close();
        generator.close();
    }
}
