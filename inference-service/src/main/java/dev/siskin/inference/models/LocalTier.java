package dev.siskin.inference.models;

import dev.siskin.api.GeneratorStatus;
import dev.siskin.api.GeneratorStatus.Change;
import dev.siskin.api.GeneratorStatus.State;
import dev.siskin.inference.answering.GenerationTier;
import dev.siskin.inference.answering.GeneratorInUse;
import dev.siskin.inference.generation.Generator;
import dev.siskin.inference.generation.local.LocalModels;
import dev.siskin.inference.generation.local.LocalSettings;
import dev.siskin.inference.generation.local.MissingGenerator;
import dev.siskin.inference.generation.local.UnknownModelException;
import dev.siskin.inference.generation.local.UnusableModelException;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tier whose model runs in this process, and may be replaced by another one while the tier answers.
 *
 * <h2>Change</h2>
 *
 * Where both models fit into the memory, the new one is loaded and tried out beside the old one, then has every answer
 * that begins; the old one ends those it has begun and is closed. Where they do not fit, the old one ends its answers and
 * is closed first; meanwhile the tier has no model, and the ladder stands in. A model that cannot be loaded leaves the
 * old one in its place. One change at a time, of all tiers; it lasts until the
 * process ends.
 *
 * <p>Thread-safe.
 */
public final class LocalTier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalTier.class);

    private final LocalModels models;
    private final LocalSettings atStart;
    private final GenerationTier tier;

    // guarded by this
    private LocalSettings current;
    private Optional<String> fault;
    private @Nullable Change change;
    private @Nullable Thread changing;
    private boolean isClosed;

    private LocalTier(LocalModels models, LocalSettings settings, GenerationTier tier, Optional<String> fault) {
        this.models = models;
        this.atStart = settings;
        this.current = settings;
        this.tier = tier;
        this.fault = fault;
    }

    /**
     * Loads the model that the settings name. Where it cannot be loaded, the log says why, and the tier has none.
     *
     * @param tiers makes the tier of its generator
     */
    public static LocalTier open(
            LocalModels models, LocalSettings settings, Function<Generator, GenerationTier> tiers) {
        try {
            return new LocalTier(models, settings, tiers.apply(models.open(settings)), Optional.empty());
        } catch (UnusableModelException | UnknownModelException unusable) {
            String fault = String.valueOf(unusable.getMessage());
            LOG.error("tier {} has no model: {}", settings.tier(), fault, unusable.getCause());
            return new LocalTier(models, settings, tiers.apply(missing(settings.model())), Optional.of(fault));
        }
    }

    private static Generator missing(String model) {
        return new MissingGenerator(model, "its model was not loaded; the log has the cause");
    }

    /** The tier itself, to be closed after this. */
    public GenerationTier tier() {
        return tier;
    }

    /** Why it has no model now. */
    public synchronized Optional<String> fault() {
        return fault;
    }

    public synchronized GeneratorStatus status() {
        return new GeneratorStatus(
                tier.tier(),
                GeneratorStatus.Runs.LOCAL,
                fault.isPresent() ? null : tier.plan().model(),
                fault.orElse(null),
                atStart.model(),
                current.threads(),
                change);
    }

    /**
     * Begins to replace the model.
     *
     * @param file which graph of the model's folder; empty = the best
     * @return what is to be seen of it then
     * @throws UnknownModelException where there is no model of that name
     * @throws UnusableModelException where it is seen at once that it cannot be used
     * @throws ChangeRefusedException where another change is under way, or the service stops
     */
    public GeneratorStatus use(String model, String file) {
        LocalSettings next = settings().with(model, file);
        refuseBusy();
        models.refuseUnusable(next); // reads files: nobody who only looks waits for it
        return begin(next);
    }

    private synchronized GeneratorStatus begin(LocalSettings next) {
        refuseBusy();
        Thread thread =
                Thread.ofPlatform().name("change-" + current.tier()).unstarted(() -> models.alone(() -> change(next)));
        change = new Change(next.model(), State.LOADING, null);
        try {
            thread.start();
        } catch (OutOfMemoryError noThread) {
            change = new Change(next.model(), State.FAILED, "there was no thread for it");
            throw noThread;
        }
        changing = thread;
        return status();
    }

    private synchronized void refuseBusy() {
        if (isClosed) {
            throw new ChangeRefusedException("the service is stopping");
        }
        if (change != null && !change.state().isEnd()) {
            throw new ChangeRefusedException(
                    "tier %s is changing to model '%s': wait for its end, GET /v1/generators shows it"
                            .formatted(current.tier(), change.model()));
        }
    }

    private void change(LocalSettings next) {
        try {
            LOG.info(
                    "tier {}: {} is to take the place of {}",
                    next.tier(),
                    next,
                    tier.plan().model());
            if (models.fitsBeside(next)) {
                Generator loaded = models.open(next);
                drained(loaded, next, Optional.empty());
            } else {
                instead(next);
            }
            end(State.DONE, null);
            LOG.info("tier {}: {} is in use", next.tier(), tier.plan().model());
        } catch (UnusableModelException | UnknownModelException unusable) {
            LOG.error(
                    "tier {}: {} cannot be used: {}",
                    next.tier(),
                    next.model(),
                    unusable.getMessage(),
                    unusable.getCause());
            end(State.FAILED, unusable.getMessage());
        } catch (RuntimeException | Error fault) {
            LOG.error("tier {}: {} cannot be used", next.tier(), next.model(), fault);
            end(State.FAILED, "it failed; the log has the cause");
        }
    }

    /** The old model goes first; where the new one cannot be loaded, it comes back. */
    private void instead(LocalSettings next) {
        LocalSettings before = settings();
        String why = "its model is being replaced: try again in a moment";
        try {
            drained(new MissingGenerator(before.model(), why), before, Optional.of(why));
            state(State.LOADING);
            drained(models.open(next), next, Optional.empty());
        } catch (RuntimeException | Error failed) {
            back(before);
            throw failed;
        }
    }

    private void back(LocalSettings before) {
        try {
            drained(models.open(before), before, Optional.empty());
        } catch (UnusableModelException | UnknownModelException gone) {
            LOG.error("tier {} has no model: {}", before.tier(), gone.getMessage(), gone.getCause());
            drained(missing(before.model()), before, Optional.of(String.valueOf(gone.getMessage())));
        } catch (RuntimeException | Error failed) {
            LOG.error("tier {} has no model", before.tier(), failed);
            drained(missing(before.model()), before, Optional.of("its model did not come back; the log has the cause"));
        }
    }

    /** Puts a generator in its place, and returns when the one before has ended its answers. */
    private void drained(Generator next, LocalSettings settings, Optional<String> without) {
        GeneratorInUse before;
        synchronized (this) {
            before = tier.replace(next);
            current = settings;
            fault = without;
        }
        state(State.DRAINING);
        try {
            before.close();
        } catch (RuntimeException fault) {
            LOG.error(
                    "tier {}: the model before could not be closed whole",
                    settings.tier(),
                    fault); // the next is in use
        }
    }

    private synchronized LocalSettings settings() {
        return current;
    }

    private synchronized void state(State state) {
        if (change != null) {
            change = change.at(state);
        }
    }

    private synchronized void end(State state, @Nullable String error) {
        if (change != null) {
            change = new Change(change.model(), state, error);
        }
    }

    /** Waits for the end of a change, for a model must not be freed, nor the process end, while one is loaded. */
    @Override
    public void close() {
        @Nullable Thread last;
        synchronized (this) {
            isClosed = true;
            last = changing;
        }
        boolean interrupted = false;
        while (last != null && last.isAlive()) {
            try {
                last.join();
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
