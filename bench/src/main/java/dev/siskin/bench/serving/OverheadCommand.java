package dev.siskin.bench.serving;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.api.AnswerRequest;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.AnswerResponse.CacheUse;
import dev.siskin.api.Tier;
import dev.siskin.auth.Caller;
import dev.siskin.auth.ServiceTier;
import dev.siskin.bench.Latencies;
import dev.siskin.bench.MachineFacts;
import dev.siskin.bench.ResultLines;
import dev.siskin.inference.accounting.CostModel;
import dev.siskin.inference.accounting.Pressure;
import dev.siskin.inference.answering.AnswerListener;
import dev.siskin.inference.answering.AnswerMaker;
import dev.siskin.inference.answering.AnswerPipeline;
import dev.siskin.inference.answering.Answered;
import dev.siskin.inference.answering.GenerationTier;
import dev.siskin.inference.answering.RequestBytes;
import dev.siskin.inference.batching.QueueLimits;
import dev.siskin.inference.cache.GenerationSpaces;
import dev.siskin.inference.cache.HotCache;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.Generator;
import dev.siskin.inference.generation.Prompt;
import dev.siskin.inference.packing.Packer;
import dev.siskin.inference.retrieval.RetrievalClient;
import dev.siskin.inference.routing.Planner;
import dev.siskin.inference.routing.Router;
import dev.siskin.inference.routing.RoutingRules;
import dev.siskin.inference.shaping.QuestionShaper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What inference-service's stages cost without the search and without a model, in process: questions one after the other
 * through the service's own pipeline, before a retrieval-service of {@link StandIns} and a generator that at once gives
 * one sentence: a quote, or one in its own words, which is checked against all passages. What the search took, as the
 * answer tells, is taken off; packing, the queue and the check are not. Run with the service's JVM options, as
 * {@code bench/hits} does.
 */
@Command(
        name = "overhead",
        mixinStandardHelpOptions = true,
        description = "What an answer costs beside search and generation, in process.")
public final class OverheadCommand implements Callable<Integer> {
    private static final String ROW = "%-38s %9s %9s %9s%n";

    @Option(
            names = "--questions",
            defaultValue = "5000",
            description = "measured, and as many before to warm up (default: ${DEFAULT-VALUE})")
    private int questions = 5_000;

    @Mixin
    private ResultLines results = new ResultLines();

    /**
     * Answers in no time.
     *
     * @param draft a passage's words, as the extractive tier gives them, or a sentence that a model wrote
     */
    private record Instant(String model, Draft draft) implements Generator {

        @Override
        public Generated generate(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation) {
            drafts.accept(draft);
            return Generated.of(Optional.empty());
        }
    }

    /** Milliseconds of answers and of their parts. */
    private record Costs(Latencies overhead, Latencies shape, Latencies generate, Latencies retrieve, Latencies hits) {
        Costs() {
            this(new Latencies(), new Latencies(), new Latencies(), new Latencies(), new Latencies());
        }
    }

    @Override
    public Integer call() throws Exception {
        System.out.println(MachineFacts.line());
        System.out.printf(ROW, "ms of " + questions + " questions", "p50", "p95", "p99");
        measure(new Instant("quotes", new Draft.Quote(0, 0, Notes.ANSWER.length())));
        measure(new Instant("writes", new Draft.Sentence(Notes.ANSWER + " [1]")));
        return 0;
    }

    private void measure(Instant generator) throws Exception {
        var costs = new Costs();
        try (StandInServer search = StandIns.retrieval(0);
                var retrieval = retrieval(search.port());
                ExecutorService loads = Executors.newVirtualThreadPerTaskExecutor();
                var tier = new GenerationTier(
                        Tier.EXTRACTIVE,
                        4_000,
                        generator,
                        QueueLimits.DEFAULT,
                        Runtime.getRuntime().availableProcessors(),
                        Ticker.systemTicker())) {
            AnswerPipeline pipeline = pipeline(retrieval, loads, tier);
            // on a virtual thread, as requests are answered
            loads.submit(() -> {
                        ask(pipeline, 0, new Costs());
                        ask(pipeline, questions, costs);
                    })
                    .get();
        }
        String model = generator.model();
        row(model + ": all but search and generation", model + "-overhead", costs.overhead());
        row("  shaping and planning", model + "-shape", costs.shape());
        row("  packing, queue, citing", model + "-generate", costs.generate());
        row("  an answer from the cache", model + "-hit", costs.hits());
        row("  (the search over loopback)", model + "-retrieve", costs.retrieve());
    }

    private static RetrievalClient retrieval(int port) {
        return new RetrievalClient(
                List.of(URI.create("http://127.0.0.1:" + port)),
                Optional.empty(),
                new RetrievalClient.Limits(Duration.ofSeconds(5), 0, Duration.ofSeconds(5)),
                Ticker.systemTicker(),
                new SimpleMeterRegistry());
    }

    private static AnswerPipeline pipeline(RetrievalClient retrieval, ExecutorService loads, GenerationTier tier) {
        Ticker ticker = Ticker.systemTicker();
        var cache = new HotCache(8L << 20, 0.5, ticker, loads);
        return new AnswerPipeline(
                new QuestionShaper(512),
                new Planner(
                        () -> List.of(tier.plan()),
                        Map.of(ServiceTier.STANDARD, Tier.LARGE, ServiceTier.PREMIUM, Tier.LARGE)),
                cache,
                // generations that were told once are told for ever
                new GenerationSpaces(retrieval.endpoints(), retrieval::generations, ticker, Duration.ofDays(1)),
                retrieval,
                new AnswerMaker(
                        new Router(RoutingRules.parse(""), _ -> 0, () -> Pressure.NORMAL),
                        new Packer(),
                        List.of(tier),
                        cache,
                        () -> Pressure.NORMAL),
                new RequestBytes(8L << 20, "requests", ticker),
                new CostModel(0.02, Map.of()),
                ticker);
    }

    private static AnswerResponse answered(AnswerPipeline pipeline, AnswerRequest request) {
        try (Answered answered = pipeline.answer(request, Caller.OPEN, "bench", AnswerListener.NONE)) {
            return answered.response();
        }
    }

    private void ask(AnswerPipeline pipeline, int first, Costs costs) {
        for (int number = first; number < first + questions; number++) {
            AnswerRequest request = AnswerRequest.of(Questions.text(number), Notes.COLLECTION);
            long began = System.nanoTime();
            AnswerResponse answer = answered(pipeline, request);
            double millis = (System.nanoTime() - began) / 1e6;
            if (answer.abstained() || answer.cache() != CacheUse.NONE) {
                throw new IllegalStateException("not answered as planned: " + answer);
            }
            AnswerResponse.Timings stages = answer.timingsMs();
            costs.overhead().add(millis - stages.retrieve());
            costs.shape().add(stages.shape());
            costs.generate().add(stages.generate());
            costs.retrieve().add(stages.retrieve());
            began = System.nanoTime();
            answer = answered(pipeline, request);
            costs.hits().add((System.nanoTime() - began) / 1e6);
            if (answer.cache() != CacheUse.ANSWER) {
                throw new IllegalStateException("not answered from the cache: " + answer);
            }
        }
    }

    private void row(String title, String part, Latencies millis) throws IOException {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("what", "overhead");
        line.put("part", part);
        line.put("questions", millis.count());
        line.put("p50_ms", thousandths(millis.quantile(0.5)));
        line.put("p95_ms", thousandths(millis.quantile(0.95)));
        line.put("p99_ms", thousandths(millis.quantile(0.99)));
        results.add(line);
        System.out.printf(Locale.ROOT, ROW, title, line.get("p50_ms"), line.get("p95_ms"), line.get("p99_ms"));
    }

    private static double thousandths(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
