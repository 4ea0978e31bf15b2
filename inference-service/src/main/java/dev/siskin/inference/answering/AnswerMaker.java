package dev.siskin.inference.answering;

import dev.siskin.api.AnswerResponse.Degraded;
import dev.siskin.api.AnswerResponse.Route;
import dev.siskin.api.SearchResponse;
import dev.siskin.api.Tier;
import dev.siskin.inference.accounting.Pressure;
import dev.siskin.inference.batching.Demand;
import dev.siskin.inference.cache.HotCache;
import dev.siskin.inference.cache.MadeAnswer;
import dev.siskin.inference.citing.CitedSentence;
import dev.siskin.inference.citing.Citer;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.Prompt;
import dev.siskin.inference.generation.Selection;
import dev.siskin.inference.packing.Packed;
import dev.siskin.inference.packing.Packer;
import dev.siskin.inference.routing.Choice;
import dev.siskin.inference.routing.Router;
import dev.siskin.inference.routing.TierPlan;
import dev.siskin.inference.shaping.TokenEstimate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The stages behind retrieval: route, packing, admission and batching, generation, citing; and where a tier fails, the
 * steps of the ladder. Thread-safe.
 */
public final class AnswerMaker {
    private final Router router;
    private final Packer packer;
    private final Map<Tier, GenerationTier> tiers;
    private final HotCache cache;
    private final Supplier<Pressure> pressure;

    /**
     * @param tiers that run here
     * @param pressure on this process's memory, now
     */
    public AnswerMaker(
            Router router, Packer packer, List<GenerationTier> tiers, HotCache cache, Supplier<Pressure> pressure) {
        this.router = router;
        this.packer = packer;
        this.tiers = tiers.stream().collect(Collectors.toUnmodifiableMap(GenerationTier::tier, Function.identity()));
        this.cache = cache;
        this.pressure = pressure;
    }

    /** One answer on its way through these stages. */
    private record Making(
            Errand errand,
            SearchResponse found,
            Choice choice,
            Cancellation cancellation,
            List<CitedSentence> released) {
        /**
         * Gives a sentence out, unless the attempt that wrote it has been given up: from then on another tier may be
         * answering.
         */
        void release(CitedSentence sentence, Cancellation attempt) {
            synchronized (released) {
                attempt.check();
                errand.listener().sentence(sentence);
                released.add(sentence);
            }
        }

        List<CitedSentence> sentences() {
            synchronized (released) {
                return List.copyOf(released);
            }
        }

        void dropSentences() {
            synchronized (released) {
                released.clear();
            }
        }

        /** The same by another tier. */
        Making by(Choice other) {
            return new Making(errand, found, other, cancellation, released);
        }

        boolean allowsStep() {
            return errand.question().allowDegraded();
        }
    }

    /**
     * Refuses before the search what would be refused after it: no step of the ladder may be taken, and no tier that may
     * answer has room. A refusal must cost little, since there are many of them when they come. Where the passages choose
     * the tier, it is not known yet.
     *
     * @throws dev.siskin.inference.batching.QueueFullException of the tier
     */
    void refuseIfFull(Errand errand) {
        if (!errand.question().allowDegraded() && errand.plan().traits().isEmpty()) {
            tier(errand.plan().tiers().getFirst())
                    .refuseIfFull(new Demand(
                            errand.tenant(),
                            errand.question().priority(),
                            errand.caller().tier(),
                            1,
                            0,
                            errand.patience()));
        }
    }

    private GenerationTier tier(TierPlan plan) {
        return Objects.requireNonNull(tiers.get(plan.tier()), "a tier that was planned with");
    }

    /**
     * Answers from what was found.
     *
     * @throws BrokenOffException where a tier failed after its first sentence
     * @throws RuntimeException of the tier, where it failed and no step of the ladder may stand in
     */
    MadeAnswer make(Errand errand, SearchResponse found, Cancellation cancellation) {
        errand.listener().found(found);
        Choice choice = router.choose(errand.plan(), errand.question(), found);
        var making = new Making(errand, found, choice, cancellation, new ArrayList<>());
        try {
            MadeAnswer answer = by(making, choice.tier(), Optional.empty());
            return choice.isPassing() ? answer.once() : escalated(making, answer);
        } catch (TierFailedException failed) {
            refuseAfterSentences(making, failed);
            if (!making.allowsStep()) {
                throw failed.error();
            }
            return Ladder.steps(failed.reason()).stream()
                    .flatMap(step -> take(making, step, failed.reason()).stream())
                    .findFirst()
                    .orElseThrow(failed::error);
        }
    }

    /**
     * A tier that a rule chose and that wrote no sentence that holds is unsure: the next higher one of the plan is asked.
     * Where that fails, the abstention stands, and is not kept.
     */
    private MadeAnswer escalated(Making making, MadeAnswer answer) {
        TierPlan unsure = making.choice().tier();
        Optional<TierPlan> above = making.errand().plan().above(unsure);
        if (above.isEmpty() || !answer.abstained() || making.found().hits().isEmpty()) {
            return answer;
        }
        Making higher = making.by(new Choice(
                above.get(),
                making.choice().reason() + "; " + unsure.tier().name().toLowerCase(Locale.ROOT)
                        + " wrote nothing that a passage supports",
                false));
        try {
            return escalated(higher, by(higher, above.get(), Optional.empty()).after(answer));
        } catch (TierFailedException failed) {
            refuseAfterSentences(higher, failed);
            return answer.once();
        }
    }

    /** Sentences that nobody has seen yet are dropped; after one that was seen no other tier may go on. */
    private static void refuseAfterSentences(Making making, TierFailedException failed) {
        if (!making.errand().listener().isLive()) {
            making.dropSentences();
        } else if (!making.sentences().isEmpty()) {
            throw new BrokenOffException(failed.error(), making.sentences());
        }
    }

    private Optional<MadeAnswer> take(Making making, Step step, Cause cause) {
        return switch (step) {
            case SMALLER_TIER ->
                below(making)
                        .filter(tier -> tier.tier() != Tier.EXTRACTIVE)
                        .flatMap(tier -> attempt(making, tier, cause));
            case EXTRACTIVE ->
                making.errand().plan().tiers().stream()
                        .filter(tier -> tier.tier() == Tier.EXTRACTIVE
                                && making.choice().tier().tier() != Tier.EXTRACTIVE)
                        .findFirst()
                        .flatMap(tier -> attempt(making, tier, cause));
            case MADE_BY_LOWER -> madeByLower(making, cause);
            case PASSAGES -> Optional.of(passages(making, cause));
        };
    }

    private static Optional<TierPlan> below(Making making) {
        List<TierPlan> allowed = making.errand().plan().tiers();
        int next = allowed.indexOf(making.choice().tier()) + 1;
        return next < allowed.size() ? Optional.of(allowed.get(next)) : Optional.empty();
    }

    private Optional<MadeAnswer> attempt(Making making, TierPlan tier, Cause cause) {
        String step = tier.tier().name().toLowerCase(Locale.ROOT);
        try {
            return Optional.of(by(making, tier, Optional.of(new Degraded(step, cause.wireName()))));
        } catch (TierFailedException failed) {
            refuseAfterSentences(making, failed);
            return Optional.empty();
        }
    }

    /** What a plan without the highest tiers was answered from the same passages. */
    private Optional<MadeAnswer> madeByLower(Making making, Cause cause) {
        long generation = making.found().generation();
        return making.errand().plan().lower().stream()
                .map(plan -> making.errand().answerAt(generation, plan))
                .flatMap(key -> cache.find(key).stream())
                .findFirst()
                .map(answer -> answer.as(new Degraded("cached", cause.wireName())));
    }

    private MadeAnswer by(Making making, TierPlan plan, Optional<Degraded> step) throws TierFailedException {
        GenerationTier tier = tier(plan);
        refuseUnderPressure(tier);
        Packed packed = packer.pack(making.found().hits(), plan.packingTokens());
        var prompt = new Prompt(
                making.errand().question().question(),
                Optional.ofNullable(making.found().embeddingModel()),
                packed.passages(),
                making.errand().plan().parameters(),
                making.errand().tierPatience(plan.tier()));
        var citer = new Citer(packed.passages());
        var attempt = new Cancellation();
        making.cancellation().onCancel(attempt::cancel);
        Written written = tier.generate(
                prompt,
                draft -> citer.cite(draft).ifPresent(sentence -> making.release(sentence, attempt)),
                attempt,
                demand(making.errand(), packed, prompt));
        MadeAnswer answer = answer(making, plan.of(written.model()), step, packed, written.generated());
        return written.model().equals(plan.model()) ? answer : answer.once();
    }

    private static Demand demand(Errand errand, Packed packed, Prompt prompt) {
        int characters = prompt.passages().stream()
                .mapToInt(passage -> passage.text().length())
                .sum();
        return new Demand(
                errand.tenant(),
                errand.question().priority(),
                errand.caller().tier(),
                Math.max(1, packed.tokensAfter() + prompt.parameters().maxTokens()),
                (long) Character.BYTES * (characters + prompt.question().length()),
                prompt.deadline());
    }

    private void refuseUnderPressure(GenerationTier tier) throws TierFailedException {
        Optional<Pressure> limit = tier.refusedFrom();
        if (limit.isPresent() && pressure.get().compareTo(limit.get()) >= 0) {
            String name = tier.tier().name().toLowerCase(Locale.ROOT);
            throw new TierFailedException(
                    Cause.MEMORY_PRESSURE,
                    new MemoryShortException(
                            "memory is short for tier " + name + ": try again, or ask with route extractive"));
        }
    }

    private static MadeAnswer answer(
            Making making, TierPlan plan, Optional<Degraded> step, Packed packed, Generated generated) {
        List<CitedSentence> sentences = making.sentences();
        String abstention = sentences.isEmpty()
                ? Abstention.because(
                        generated.declined().orElse(Selection.Reason.NO_SENTENCE),
                        making.errand().question().collection())
                : "";
        int asked = TokenEstimate.of(making.errand().question().question());
        int written = TokenEstimate.of(sentences.isEmpty() ? abstention : MadeAnswer.join(sentences));
        return new MadeAnswer(
                sentences,
                abstention,
                route(making, plan, step),
                read(
                        packed,
                        generated
                                .promptTokens()
                                .map(all -> Math.max(0, all - asked))
                                .orElse(packed.tokensAfter()),
                        generated.completionTokens().orElse(written),
                        generated.cut()),
                !generated.cut()
                        && (plan.tier() == Tier.EXTRACTIVE
                                || making.errand().plan().parameters().isRepeatable()),
                making.found().generation(),
                List.of());
    }

    /** No tier answers: the extractive one's passages are given as they are. */
    private MadeAnswer passages(Making making, Cause cause) {
        TierPlan plan = making.errand().plan().tiers().getLast();
        Packed packed = packer.pack(making.found().hits(), plan.packingTokens());
        List<CitedSentence> sentences = PassagesOnly.of(packed.passages());
        String abstention = Abstention.because(
                Selection.Reason.NO_HITS, making.errand().question().collection());
        return new MadeAnswer(
                sentences,
                abstention,
                route(making, plan, Optional.of(new Degraded("passages", cause.wireName()))),
                read(packed, 0, 0, false),
                true,
                making.found().generation(),
                List.of());
    }

    /** What made the search fall short makes the answer fall short. */
    private static Route route(Making making, TierPlan plan, Optional<Degraded> step) {
        SearchResponse.@Nullable Degraded search = making.found().degraded();
        Degraded degraded = step.orElseGet(() -> search == null ? null : new Degraded(search.step(), search.cause()));
        return new Route(plan.tier(), plan.model(), making.choice().reason(), degraded);
    }

    private static MadeAnswer.Read read(Packed packed, int tokensRead, int tokensWritten, boolean cut) {
        return new MadeAnswer.Read(
                packed.retrieved(), packed.used(), packed.tokensBefore(), tokensRead, tokensWritten, cut);
    }
}
