package dev.siskin.inference.answering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.AnswerRequest;
import dev.siskin.api.AnswerResponse.Degraded;
import dev.siskin.api.SearchResponse;
import dev.siskin.api.Tier;
import dev.siskin.auth.Caller;
import dev.siskin.auth.ServiceTier;
import dev.siskin.inference.Hits;
import dev.siskin.inference.accounting.Pressure;
import dev.siskin.inference.accounting.StageClock;
import dev.siskin.inference.accounting.TokensSpent;
import dev.siskin.inference.batching.QueueLimits;
import dev.siskin.inference.cache.HotCache;
import dev.siskin.inference.cache.MadeAnswer;
import dev.siskin.inference.citing.CitedSentence;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.CancelledException;
import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.Generator;
import dev.siskin.inference.generation.ModelFailedException;
import dev.siskin.inference.generation.Prompt;
import dev.siskin.inference.packing.Packer;
import dev.siskin.inference.routing.Plan;
import dev.siskin.inference.routing.Planner;
import dev.siskin.inference.routing.Router;
import dev.siskin.inference.routing.RoutingRules;
import dev.siskin.inference.shaping.QuestionShaper;
import dev.siskin.inference.shaping.ShapedQuestion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ladder at work: what stands in for an answer where a tier fails. */
@Timeout(30)
final class AnswerMakerTest {
    private static final String TEXT = "The queue is bounded by max_queue_depth. It holds 64 requests.";
    private static final int FIRST = TEXT.indexOf(" It");
    private static final SearchResponse FOUND = new SearchResponse(
            List.of(Hits.hit("docs/guide.md", 100, 0.82, TEXT, Map.of("It holds 64 requests.", 0.8))),
            42,
            "bge-small-en-v1.5",
            null,
            new SearchResponse.Timings(1, 1, 2));

    private final List<GenerationTier> tiers = new ArrayList<>();
    private final HotCache cache = new HotCache(1 << 20, 1, System::nanoTime, Runnable::run);
    private final Heard heard = new Heard();
    private Pressure pressure = Pressure.NORMAL;

    @AfterEach
    void close() {
        tiers.forEach(GenerationTier::close);
    }

    /** What a generator does with the drafts it may give. */
    private interface Behaviour {
        void write(Consumer<Draft> drafts, Cancellation cancellation) throws InterruptedException;
    }

    private record Stub(String model, boolean isElsewhere, Behaviour behaviour) implements Generator {
        @Override
        public Generated generate(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation) {
            try {
                behaviour.write(drafts, cancellation);
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
            return Generated.of(Optional.empty());
        }
    }

    private static final class Heard implements AnswerListener {
        private final List<String> sentences = new ArrayList<>();
        private int found;

        @Override
        public void found(SearchResponse response) {
            found++;
        }

        @Override
        public void sentence(CitedSentence sentence) {
            sentences.add(sentence.text());
        }
    }

    private static final Behaviour ANSWERS = (drafts, _) -> drafts.accept(new Draft.Quote(0, 0, FIRST));
    private static final Behaviour FAILS = (_, _) -> {
        throw new ModelFailedException("the model is gone", new IllegalStateException());
    };
    private static final Behaviour FAILS_LATE = (drafts, cancellation) -> {
        ANSWERS.write(drafts, cancellation);
        FAILS.write(drafts, cancellation);
    };

    private static final Router ROUTER = new Router(RoutingRules.parse(""), _ -> 0, () -> Pressure.NORMAL);

    private void tier(Tier tier, Behaviour behaviour) {
        tier(tier, false, behaviour);
    }

    private void tier(Tier tier, boolean elsewhere, Behaviour behaviour) {
        var stub = new Stub(tier.name(), elsewhere, behaviour);
        tiers.add(new GenerationTier(tier, 1000, stub, QueueLimits.DEFAULT, 1, System::nanoTime));
    }

    private Errand errand(AnswerListener listener, int deadlineMs, boolean allowDegraded) {
        var request = new AnswerRequest(
                "How is it bounded?",
                "docs",
                null,
                null,
                null,
                null,
                null,
                allowDegraded,
                null,
                null,
                null,
                deadlineMs,
                null,
                null,
                null);
        ShapedQuestion question = new QuestionShaper(512).shape(request);
        Plan plan = new Planner(() -> tiers.stream().map(GenerationTier::plan).toList(), Map.of())
                .plan(question, ServiceTier.STANDARD);
        return new Errand("here", Caller.OPEN, question, plan, new StageClock(System::nanoTime), listener);
    }

    private MadeAnswer make(Errand errand) {
        return make(errand, ROUTER);
    }

    private MadeAnswer make(Errand errand, Router router) {
        return new AnswerMaker(router, new Packer(), tiers, cache, () -> pressure)
                .make(errand, FOUND, new Cancellation());
    }

    private MadeAnswer make() {
        return make(errand(AnswerListener.NONE, 20_000, true));
    }

    @Test
    void highestTier_answers_andIsKeptAsWhole() {
        tier(Tier.LARGE, ANSWERS);
        tier(Tier.EXTRACTIVE, FAILS);

        MadeAnswer answer = make(errand(heard, 20_000, true));

        assertThat(answer.route().tier()).isEqualTo(Tier.LARGE);
        assertThat(answer.isWhole()).isTrue();
        assertThat(answer.text()).isEqualTo("The queue is bounded by max_queue_depth. [1]");
        assertThat(heard.sentences).containsExactly(answer.text());
        assertThat(heard.found).isOne();
    }

    @Test
    void modelReplacedSinceThePlan_isNamed_andItsAnswerIsNotKeptUnderTheOther() {
        tier(Tier.LARGE, ANSWERS);
        tier(Tier.EXTRACTIVE, FAILS);
        Errand planned = errand(AnswerListener.NONE, 20_000, true);
        tiers.getFirst().replace(new Stub("another", false, ANSWERS)).close();

        assertThat(make(planned).route().model()).isEqualTo("another");
        assertThat(make(planned).isWhole()).isFalse();
        assertThat(make().route().model()).isEqualTo("another");
        assertThat(make().isWhole()).isTrue();
        assertThat(make().route().tier()).isEqualTo(Tier.LARGE);
    }

    @Test
    void modelFailed_nextSmallerTier_answersFlagged() {
        tier(Tier.LARGE, FAILS);
        tier(Tier.SMALL, ANSWERS);
        tier(Tier.EXTRACTIVE, ANSWERS);

        MadeAnswer answer = make();

        assertThat(answer.route().tier()).isEqualTo(Tier.SMALL);
        assertThat(answer.route().degraded()).isEqualTo(new Degraded("small", "model_failed"));
        assertThat(answer.isWhole()).isFalse();
    }

    @Test
    void modelsFailed_extractive_answersFlagged() {
        tier(Tier.LARGE, FAILS);
        tier(Tier.SMALL, FAILS);
        tier(Tier.EXTRACTIVE, ANSWERS);

        assertThat(make().route().degraded()).isEqualTo(new Degraded("extractive", "model_failed"));
    }

    @Test
    void everyTierFailed_passages_standInWithTheirBestSentence() {
        tier(Tier.SMALL, FAILS);
        tier(Tier.EXTRACTIVE, FAILS);

        MadeAnswer answer = make();

        assertThat(answer.route().degraded()).isEqualTo(new Degraded("passages", "model_failed"));
        assertThat(answer.citations()).singleElement().satisfies(citation -> {
            assertThat(citation.quote()).isEqualTo("It holds 64 requests.");
            assertThat(citation.start()).isEqualTo(100 + FIRST + 1);
        });
    }

    @Test
    void everyTierFailed_answerOfALowerPlan_comesBeforePassages() {
        tier(Tier.SMALL, FAILS);
        tier(Tier.EXTRACTIVE, FAILS);
        Errand errand = errand(AnswerListener.NONE, 20_000, true);
        Plan lower = errand.plan().lower().getFirst();
        var kept = new MadeAnswer(
                List.of(),
                "kept",
                make().as(null).route(),
                new MadeAnswer.Read(1, 1, 1, 1, 1, false),
                true,
                42,
                List.of());
        cache.keep(errand.answerAt(42, lower), kept);

        MadeAnswer answer = make(errand);

        assertThat(answer.text()).isEqualTo("kept");
        assertThat(answer.route().degraded()).isEqualTo(new Degraded("cached", "model_failed"));
    }

    @Test
    void stepsNotAllowed_errorOfTheTier_isTold() {
        tier(Tier.SMALL, FAILS);
        tier(Tier.EXTRACTIVE, ANSWERS);

        assertThatThrownBy(() -> make(errand(AnswerListener.NONE, 20_000, false)))
                .isInstanceOf(ModelFailedException.class)
                .hasMessage("tier small cannot answer now: the model is gone");
    }

    @Test
    void memoryShort_tiersWithModels_areNotAsked() {
        tier(Tier.LARGE, ANSWERS);
        tier(Tier.SMALL, ANSWERS);
        tier(Tier.EXTRACTIVE, ANSWERS);
        pressure = Pressure.DEGRADE;

        assertThat(make().route().degraded()).isEqualTo(new Degraded("extractive", "memory_pressure"));
    }

    @Test
    void memoryShort_tierElsewhere_isAskedUntilRequestsAreRefused() {
        tier(Tier.LARGE, ANSWERS);
        tier(Tier.SMALL, true, ANSWERS);
        tier(Tier.EXTRACTIVE, ANSWERS);
        pressure = Pressure.DEGRADE;
        assertThat(make().route().degraded()).isEqualTo(new Degraded("small", "memory_pressure"));

        pressure = Pressure.REFUSE;

        assertThat(make().route().degraded()).isEqualTo(new Degraded("extractive", "memory_pressure"));
    }

    @Test
    void generatorOverflowsItsStack_nextTier_answersAndTheWorkerLives() {
        var overflow = new AtomicBoolean(true);
        tier(Tier.LARGE, (drafts, cancellation) -> {
            if (overflow.get()) {
                throw new StackOverflowError();
            }
            ANSWERS.write(drafts, cancellation);
        });
        tier(Tier.EXTRACTIVE, ANSWERS);

        assertThat(make().route().degraded()).isEqualTo(new Degraded("extractive", "model_failed"));
        overflow.set(false);
        assertThat(make().route().degraded()).isNull();
    }

    @Test
    void deadlineNear_extractive_answersInTheRest() {
        var cancelled = new CountDownLatch(1);
        tier(Tier.SMALL, (_, cancellation) -> {
            var given = new CountDownLatch(1);
            cancellation.onCancel(given::countDown);
            given.await();
            cancelled.countDown();
            cancellation.check();
        });
        tier(Tier.EXTRACTIVE, ANSWERS);

        MadeAnswer answer = make(errand(AnswerListener.NONE, 2_000, true));

        assertThat(answer.route().degraded()).isEqualTo(new Degraded("extractive", "deadline"));
        assertThat(cancelled)
                .satisfies(latch -> assertThat(latch.await(10, java.util.concurrent.TimeUnit.SECONDS))
                        .isTrue());
    }

    @Test
    void failedAfterASentenceWasSeen_answer_isBrokenOff() {
        tier(Tier.SMALL, FAILS_LATE);
        tier(Tier.EXTRACTIVE, ANSWERS);

        assertThatThrownBy(() -> make(errand(heard, 20_000, true)))
                .isInstanceOfSatisfying(
                        BrokenOffException.class,
                        broken -> assertThat(broken.sentences()).hasSize(1));
    }

    @Test
    void failedAfterASentenceNobodySaw_nextTier_startsOver() {
        tier(Tier.SMALL, FAILS_LATE);
        tier(Tier.EXTRACTIVE, ANSWERS);

        MadeAnswer answer = make();

        assertThat(answer.sentences()).hasSize(1);
        assertThat(answer.route().degraded()).isEqualTo(new Degraded("extractive", "model_failed"));
    }

    @Test
    void nobodyWaits_generation_ends() {
        var cancellation = new Cancellation();
        tier(Tier.EXTRACTIVE, (_, attempt) -> {
            cancellation.cancel();
            attempt.check();
        });

        assertThatThrownBy(() -> new AnswerMaker(ROUTER, new Packer(), tiers, cache, () -> pressure)
                        .make(errand(AnswerListener.NONE, 20_000, true), FOUND, cancellation))
                .isInstanceOf(CancelledException.class);
    }

    private static final Behaviour WRITES_NOTHING = (_, _) -> {};

    private static Router by(String rules) {
        return new Router(RoutingRules.parse(rules), _ -> 0.7, () -> Pressure.NORMAL);
    }

    @Test
    void tierOfTheRuleIsUnsure_nextHigher_isAsked() {
        tier(Tier.LARGE, ANSWERS);
        tier(Tier.SMALL, WRITES_NOTHING);
        tier(Tier.EXTRACTIVE, WRITES_NOTHING);

        MadeAnswer answer = make(errand(heard, 20_000, true), by("extractive"));

        assertThat(answer.route().tier()).isEqualTo(Tier.LARGE);
        assertThat(answer.route().reason())
                .isEqualTo("rule 'extractive'; best cosine 0.82; extractive wrote nothing that a passage supports;"
                        + " small wrote nothing that a passage supports");
        assertThat(answer.route().degraded()).isNull();
        assertThat(answer.isWhole()).isTrue();
        assertThat(answer.spent(10))
                .extracting(TokensSpent::tier)
                .containsExactly(Tier.EXTRACTIVE, Tier.SMALL, Tier.LARGE);
        assertThat(answer.spent(10)).allSatisfy(call -> assertThat(call.read()).isGreaterThan(10));
        assertThat(heard.sentences).hasSize(1);
    }

    @Test
    void higherTierFailsToo_abstentionStands_andIsNotKept() {
        tier(Tier.SMALL, FAILS);
        tier(Tier.EXTRACTIVE, WRITES_NOTHING);

        MadeAnswer answer = make(errand(AnswerListener.NONE, 20_000, true), by("extractive"));

        assertThat(answer.route().tier()).isEqualTo(Tier.EXTRACTIVE);
        assertThat(answer.abstained()).isTrue();
        assertThat(answer.isWhole()).isFalse();
    }

    @Test
    void routeByLoad_isNeitherEscalatedNorKept() {
        tier(Tier.SMALL, ANSWERS);
        tier(Tier.EXTRACTIVE, WRITES_NOTHING);

        MadeAnswer answer = make(errand(AnswerListener.NONE, 20_000, true), by("extractive if queue >= 0.5"));

        assertThat(answer.route().tier()).isEqualTo(Tier.EXTRACTIVE);
        assertThat(answer.abstained()).isTrue();
        assertThat(answer.isWhole()).isFalse();
    }
}
