package dev.siskin.inference.answering;

import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.CancelledException;
import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.Generator;
import dev.siskin.inference.generation.ModelFailedException;
import dev.siskin.inference.generation.Prompt;
import dev.siskin.inference.routing.TierPlan;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** A tier at work: its generator and the queue before it. Thread-safe. */
public final class GenerationTier implements AutoCloseable {
    private final TierPlan plan;
    private final Generator generator;
    private final GenerationPool pool;

    /**
     * @param packingTokens estimated tokens of passages the tier reads
     * @param pool runs the generator
     */
    public GenerationTier(TierPlan plan, Generator generator, GenerationPool pool) {
        this.plan = plan;
        this.generator = generator;
        this.pool = pool;
    }

    public TierPlan plan() {
        return plan;
    }

    /**
     * Waits for its turn and generates.
     *
     * @param patience for both
     * @throws TierFailedException where the queue is full, the model fails, or time runs out
     * @throws CancelledException where nobody waits any more
     */
    Generated generate(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation, Duration patience)
            throws TierFailedException {
        try {
            return pool.run(() -> generator.generate(prompt, drafts, cancellation), patience, cancellation);
        } catch (GenerationFullException full) {
            throw new TierFailedException(Cause.QUEUE_FULL, full);
        } catch (ModelFailedException failed) {
            throw new TierFailedException(Cause.MODEL_FAILED, failed);
        } catch (TimeoutException late) {
            throw new TierFailedException(
                    Cause.DEADLINE,
                    new TooLateException("no answer in the " + patience.toMillis() + " ms that were left"));
        }
    }

    @Override
    public void close() {
        pool.close();
        generator.close();
    }
}
