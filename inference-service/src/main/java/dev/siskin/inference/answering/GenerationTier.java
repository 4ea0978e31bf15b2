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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tier at work: its generator, which may be replaced by another one meanwhile, and the one queue before it.
 * Thread-safe.
 */
public final class GenerationTier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GenerationTier.class);

    private final Tier tier;
    private final int packingTokens;
    private final String name;
    private final AtomicReference<GeneratorInUse> current;

    /** Replaced ones that end their answers. */
    private final List<GeneratorInUse> leaving = new CopyOnWriteArrayList<>();

    private final QueueLimits limits;
    private final AdmissionQueue<Work, Written> queue;
    private final SlotDrain<Work, Written> drain;

    private record Work(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation) {}

    /**
     * @param packingTokens estimated tokens of passages that an answer reads
     * @param limits of what may wait
     * @param slots answers generated at once
     */
    public GenerationTier(
            Tier tier, int packingTokens, Generator generator, QueueLimits limits, int slots, Ticker ticker) {
        this.tier = tier;
        this.packingTokens = packingTokens;
        this.current = new AtomicReference<>(new GeneratorInUse(generator));
        this.limits = limits;
        this.queue = new AdmissionQueue<>(limits, ticker);
        this.name = tier.name().toLowerCase(Locale.ROOT);
        this.drain = new SlotDrain<>("generate-" + name, queue, slots, this::hasRoom, this::generate);
    }

    /**
     * Has another generator write the answers that begin from now on.
     *
     * @return the one before, which ends those it has begun; to be closed
     */
    public GeneratorInUse replace(Generator next) {
        GeneratorInUse before = current.getAndSet(new GeneratorInUse(next));
        leaving.removeIf(GeneratorInUse::isClosed);
        leaving.add(before);
        drain.look();
        return before;
    }

    /** What waits for room in the model's cache waits in the queue, where turns and limits hold. */
    private boolean hasRoom(List<Demand> together) {
        return generator().hasRoom(together.stream().map(Demand::tokens).toList());
    }

    private Written generate(Job<Work, Written> job) {
        GeneratorInUse entered = enter();
        try {
            return new Written(entered.generator().model(), generate(entered.generator(), job.input()));
        } finally {
            entered.leave();
        }
    }

    /** One that has been replaced since it was looked up is not entered. */
    private GeneratorInUse enter() {
        while (true) {
            GeneratorInUse now = current.get();
            if (now.enter()) {
                return now;
            }
        }
    }

    /** A fault of the generator's own, out of memory or stack among them, ends its job and no more. */
    private Generated generate(Generator generator, Work work) {
        try {
            return generator.generate(work.prompt(), work.drafts(), work.cancellation());
        } catch (ModelFailedException | CancelledException known) {
            throw known;
        } catch (RuntimeException | Error fault) {
            LOG.error("tier {} failed", name, fault);
            throw new ModelFailedException("its generator failed; the log has the cause", fault);
        }
    }

    public Tier tier() {
        return tier;
    }

    /** The tier with the model that it has now. */
    public TierPlan plan() {
        return new TierPlan(tier, generator().model(), packingTokens);
    }

    private Generator generator() {
        return current.get().generator();
    }

    /** Whether its answers are written on another host. */
    public boolean isElsewhere() {
        return generator().isElsewhere();
    }

    /** From which pressure on memory here it must not be asked; nothing where it needs next to none. */
    Optional<Pressure> refusedFrom() {
        if (tier == Tier.EXTRACTIVE) {
            return Optional.empty();
        }
        return Optional.of(isElsewhere() ? Pressure.REFUSE : Pressure.DEGRADE);
    }

    /** The memory its models hold in this process outside the heap, by owner: that of a replaced one until it is gone. */
    public List<HeldBytes> held() {
        return Stream.concat(Stream.of(current.get()), leaving.stream().filter(one -> !one.isClosed()))
                .flatMap(one -> one.generator().held().stream())
                .toList();
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
    Written generate(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation, Demand demand)
            throws TierFailedException {
        try {
            Job<Work, Written> job = queue.offer(new Work(prompt, drafts, cancellation), demand);
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
        current.get().close();
    }
}
