package dev.siskin.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.AnswerRequest;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.AnswerResponse.Degraded;
import dev.siskin.api.SearchResponse;
import dev.siskin.api.Tier;
import dev.siskin.auth.Caller;
import dev.siskin.inference.accounting.CostModel;
import dev.siskin.inference.accounting.Pressure;
import dev.siskin.inference.answering.AnswerListener;
import dev.siskin.inference.answering.AnswerMaker;
import dev.siskin.inference.answering.AnswerPipeline;
import dev.siskin.inference.answering.Answered;
import dev.siskin.inference.answering.BrokenOffException;
import dev.siskin.inference.answering.GenerationTier;
import dev.siskin.inference.answering.RequestBytes;
import dev.siskin.inference.answering.StepRefusedException;
import dev.siskin.inference.answering.TooLateException;
import dev.siskin.inference.batching.QueueLimits;
import dev.siskin.inference.cache.GenerationSpaces;
import dev.siskin.inference.cache.HotCache;
import dev.siskin.inference.cache.Load;
import dev.siskin.inference.citing.CitedSentence;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.Generator;
import dev.siskin.inference.generation.ModelFailedException;
import dev.siskin.inference.generation.Prompt;
import dev.siskin.inference.packing.Packer;
import dev.siskin.inference.retrieval.RetrievalClient;
import dev.siskin.inference.routing.Planner;
import dev.siskin.inference.routing.Router;
import dev.siskin.inference.routing.RoutingRules;
import dev.siskin.inference.shaping.QuestionShaper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Equal questions at once: what those who joined get where the first one's circumstances ended the making. */
@Timeout(60)
final class SharedAnswersTest {
    private static final String TEXT = "The queue is bounded by max_queue_depth. It holds 64 requests.";
    private static final int FIRST = TEXT.indexOf(" It");
    private static final int LONG_MS = 30_000;

    private final RetrievalStandIn standIn = new RetrievalStandIn("");
    private final ExecutorService loads = Executors.newVirtualThreadPerTaskExecutor();
    private final RetrievalClient retrieval = new RetrievalClient(
            List.of(URI.create("http://127.0.0.1:" + standIn.port())),
            Optional.empty(),
            new RetrievalClient.Limits(Duration.ofSeconds(20), 0, Duration.ofSeconds(20)),
            System::nanoTime,
            new SimpleMeterRegistry());

    /** One for each answer that is begun, in order; the last one for all that come after. */
    private final BlockingQueue<Behaviour> behaviours = new LinkedBlockingQueue<>();

    private final AtomicInteger generations = new AtomicInteger();
    private final List<GenerationTier> tiers = List.of(
            new GenerationTier(Tier.LARGE, 1_000, generator(this::generate), QueueLimits.DEFAULT, 4, System::nanoTime),
            new GenerationTier(
                    Tier.EXTRACTIVE,
                    1_000,
                    generator((drafts, _) -> drafts.accept(new Draft.Quote(0, FIRST + 1, TEXT.length()))),
                    QueueLimits.DEFAULT,
                    1,
                    System::nanoTime));
    private AnswerPipeline pipeline;

    private interface Behaviour {
        void write(Consumer<Draft> drafts, Cancellation cancellation) throws InterruptedException;
    }

    private static final Behaviour ANSWERS = (drafts, _) -> drafts.accept(new Draft.Quote(0, 0, FIRST));

    private static Generator generator(Behaviour behaviour) {
        return new Generator() {
            @Override
            public String model() {
                return "stub";
            }

            @Override
            public Generated generate(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation) {
                try {
                    behaviour.write(drafts, cancellation);
                } catch (InterruptedException interrupted) {
                    throw new IllegalStateException(interrupted);
                }
                return Generated.of(Optional.empty());
            }
        };
    }

    private void generate(Consumer<Draft> drafts, Cancellation cancellation) throws InterruptedException {
        generations.incrementAndGet();
        Behaviour next = behaviours.size() > 1 ? behaviours.remove() : behaviours.element();
        next.write(drafts, cancellation);
    }

    @BeforeEach
    void start() {
        standIn.put("default", "docs", 42, Hits.hit("docs/guide.md", 100, 0.82, TEXT, Map.of()));
        GenerationSpaces spaces = spaces();
        while (!spaces.at(retrieval.endpoints().getFirst()).watch().confirm("default", Duration.ofSeconds(1))) {
            spaces.poll();
        }
        pipeline = pipeline(spaces);
    }

    private GenerationSpaces spaces() {
        return new GenerationSpaces(
                retrieval.endpoints(), retrieval::generations, System::nanoTime, Duration.ofHours(1));
    }

    private AnswerPipeline pipeline(GenerationSpaces spaces) {
        var cache = new HotCache(1 << 20, 1, System::nanoTime, loads);
        return new AnswerPipeline(
                new QuestionShaper(512),
                new Planner(() -> tiers.stream().map(GenerationTier::plan).toList(), Map.of()),
                cache,
                spaces,
                retrieval,
                new AnswerMaker(
                        new Router(RoutingRules.parse(""), _ -> 0, () -> Pressure.NORMAL),
                        new Packer(),
                        tiers,
                        cache,
                        () -> Pressure.NORMAL),
                new RequestBytes(8 << 20, "SETTING", System::nanoTime),
                new CostModel(0, Map.of()),
                System::nanoTime);
    }

    @AfterEach
    void stop() {
        tiers.forEach(GenerationTier::close);
        loads.close();
        retrieval.close();
        standIn.close();
    }

    private static final class Heard implements AnswerListener {
        private final List<String> sentences = new ArrayList<>();

        @Override
        public void found(SearchResponse found) {}

        @Override
        public synchronized void sentence(CitedSentence sentence) {
            sentences.add(sentence.text());
        }
    }

    /** A question under way. */
    private final class Asked {
        private final FutureTask<AnswerResponse> answer;
        private final Thread thread;

        private Asked(AnswerListener listener, int deadlineMs, boolean allowDegraded) {
            var request = new AnswerRequest(
                    "How is it bounded?",
                    "docs",
                    null,
                    null,
                    null,
                    Tier.LARGE,
                    null,
                    allowDegraded,
                    null,
                    null,
                    null,
                    deadlineMs,
                    null,
                    null,
                    null);
            answer = new FutureTask<>(() -> {
                try (Answered answered = pipeline.answer(request, Caller.OPEN, "id", listener)) {
                    return answered.response();
                }
            });
            thread = Thread.ofPlatform().start(answer);
        }

        /** Returns when it waits for an answer that is being made. */
        private Asked waiting() {
            while (!answer.isDone() && !waits()) {
                Thread.onSpinWait();
            }
            return this;
        }

        private boolean waits() {
            return List.of(thread.getStackTrace()).stream()
                    .anyMatch(frame -> frame.getClassName().equals(Load.class.getName())
                            && frame.getMethodName().equals("await"));
        }

        private AnswerResponse get() throws Exception {
            try {
                return answer.get();
            } catch (ExecutionException failed) {
                throw failed.getCause() instanceof Exception cause ? cause : failed;
            }
        }
    }

    private Asked ask(int deadlineMs, boolean allowDegraded) {
        return new Asked(AnswerListener.NONE, deadlineMs, allowDegraded);
    }

    /** Told by the test when to go on. */
    private static Behaviour after(CountDownLatch gate, Behaviour behaviour) {
        return (drafts, cancellation) -> {
            gate.await();
            behaviour.write(drafts, cancellation);
        };
    }

    private static final Behaviour FAILS = (_, _) -> {
        throw new ModelFailedException("the model is gone", new IllegalStateException());
    };

    private static final Behaviour HANGS = (_, cancellation) -> {
        var cancelled = new CountDownLatch(1);
        cancellation.onCancel(cancelled::countDown);
        cancelled.await();
        cancellation.check();
    };

    private static void assertWhole(AnswerResponse answer) {
        assertThat(answer.answer()).isEqualTo("The queue is bounded by max_queue_depth. [1]");
        assertThat(answer.route().degraded()).isNull();
    }

    @Test
    void firstIsBrokenOff_others_shareOneMoreTry() throws Exception {
        var gate = new CountDownLatch(1);
        behaviours.add((drafts, cancellation) -> {
            ANSWERS.write(drafts, cancellation);
            gate.await();
            FAILS.write(drafts, cancellation);
        });
        var again = new CountDownLatch(1);
        behaviours.add(after(again, ANSWERS));
        Asked first = new Asked(new Heard(), LONG_MS, true).waiting();
        List<Asked> others = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            others.add(ask(LONG_MS, i % 2 == 0).waiting());
        }

        gate.countDown();
        assertThatThrownBy(first::get).isInstanceOf(BrokenOffException.class);
        while (generations.get() < 2) {
            Thread.onSpinWait();
        }
        again.countDown();

        for (Asked other : others) {
            assertWhole(other.get());
        }
        assertThat(generations).hasValue(2);
        assertThat(standIn.searches).hasValue(1);
    }

    @Test
    void firstRunsOutOfTime_otherWithMore_isAnsweredWhole() throws Exception {
        behaviours.add(HANGS);
        behaviours.add(ANSWERS);
        Asked first = ask(700, false).waiting();
        Asked other = ask(LONG_MS, false).waiting();

        assertThatThrownBy(first::get).isInstanceOf(TooLateException.class);
        assertWhole(other.get());
    }

    @Test
    void firstIsDegradedForWantOfTime_otherWithMore_isAnsweredWhole() throws Exception {
        behaviours.add(HANGS);
        behaviours.add(ANSWERS);
        Asked first = ask(700, true).waiting();
        Asked other = ask(LONG_MS, true).waiting();

        // degraded where the last milliseconds were enough, late where they were not
        first.thread.join();
        assertWhole(other.get());
    }

    @Test
    void firstMayNotBeDegraded_otherThatMay_takesAStep() throws Exception {
        var gate = new CountDownLatch(1);
        behaviours.add(after(gate, FAILS));
        Asked first = ask(LONG_MS, false).waiting();
        Asked other = ask(LONG_MS, true).waiting();
        gate.countDown();

        assertThatThrownBy(first::get).isInstanceOf(ModelFailedException.class);
        assertThat(other.get().route().degraded()).isEqualTo(new Degraded("extractive", "model_failed"));
    }

    @Test
    void firstIsDegraded_otherThatMayNotBe_triesItself() throws Exception {
        var gate = new CountDownLatch(1);
        behaviours.add(after(gate, FAILS));
        behaviours.add(ANSWERS);
        Asked first = ask(LONG_MS, true).waiting();
        Asked other = ask(LONG_MS, false).waiting();
        gate.countDown();

        assertThat(first.get().route().degraded()).isEqualTo(new Degraded("extractive", "model_failed"));
        assertWhole(other.get());
    }

    @Test
    void generationsUnknown_equalQuestionsAtOnce_costOneSearch() throws Exception {
        standIn.pollsFailing = true;
        standIn.gate = new CountDownLatch(1);
        behaviours.add(ANSWERS);
        pipeline = pipeline(spaces());
        List<Asked> asked = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            asked.add(ask(LONG_MS, true).waiting());
        }

        standIn.gate.countDown();

        for (Asked one : asked) {
            assertWhole(one.get());
        }
        assertThat(standIn.searches).hasValue(1);
        assertThat(generations).hasValue(1);
    }

    @Test
    void searchFallsShortAndNoStepIsAllowed_nothingIsGenerated() {
        standIn.collections.replaceAll((_, found) -> new SearchResponse(
                found.hits(),
                found.generation(),
                found.embeddingModel(),
                new SearchResponse.Degraded("keyword", "embedder_unavailable"),
                found.timingsMs()));
        behaviours.add(ANSWERS);

        assertThatThrownBy(() -> ask(LONG_MS, false).get())
                .isInstanceOf(StepRefusedException.class)
                .hasMessageContaining("step keyword, cause embedder_unavailable");
        assertThat(generations).hasValue(0);
    }
}
