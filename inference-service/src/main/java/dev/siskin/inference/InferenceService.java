package dev.siskin.inference;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.api.Tier;
import dev.siskin.auth.InvalidKeyFileException;
import dev.siskin.http.HostStartException;
import dev.siskin.http.HttpHost;
import dev.siskin.http.RouteLimit;
import dev.siskin.inference.accounting.AnswerMeters;
import dev.siskin.inference.accounting.CostModel;
import dev.siskin.inference.accounting.HeldBytes;
import dev.siskin.inference.accounting.MemoryAccounts;
import dev.siskin.inference.accounting.PressureWatch;
import dev.siskin.inference.accounting.TierMeters;
import dev.siskin.inference.answering.AnswerMaker;
import dev.siskin.inference.answering.AnswerPipeline;
import dev.siskin.inference.answering.GenerationTier;
import dev.siskin.inference.answering.RequestBytes;
import dev.siskin.inference.cache.GenerationSpaces;
import dev.siskin.inference.cache.HotCache;
import dev.siskin.inference.console.ConsolePage;
import dev.siskin.inference.gateway.AnswerRoutes;
import dev.siskin.inference.gateway.GeneratorRoutes;
import dev.siskin.inference.openai.OpenAiRoutes;
import dev.siskin.inference.packing.Packer;
import dev.siskin.inference.retrieval.RetrievalClient;
import dev.siskin.inference.routing.Planner;
import dev.siskin.inference.routing.Router;
import dev.siskin.inference.shaping.QuestionShaper;
import dev.siskin.memory.MemoryProbe;
import dev.siskin.runtime.Signals;
import dev.siskin.settings.SettingException;
import dev.siskin.settings.Settings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The inference tier, put together: from a question to a cited answer. It holds no index and no embedding model,
 * and is ready without retrieval-service, which it asks over HTTP.
 */
public final class InferenceService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InferenceService.class);

    /** A slow search is waited for so long before a second one is sent, until enough have shown what is usual. */
    private static final Duration FIRST_HEDGE = Duration.ofMillis(500);

    /** How often an endpoint that is left alone may be asked whether it is ready. */
    private static final Duration PROBES = Duration.ofSeconds(1);

    /** More than requests.max.bytes lets in, so that an earlier answer may stand in; what the heap can bear. */
    static final int MOST_AT_ONCE = 256;

    private final HttpHost host;
    private final RetrievalClient retrieval;
    private final List<ScheduledFuture<?>> polling;
    private final ScheduledExecutorService polls;
    private final ExecutorService loads;
    private final GenerationTiers tiers;

    private InferenceService(
            HttpHost host,
            RetrievalClient retrieval,
            List<ScheduledFuture<?>> polling,
            ScheduledExecutorService polls,
            ExecutorService loads,
            GenerationTiers tiers) {
        this.host = host;
        this.retrieval = retrieval;
        this.polling = polling;
        this.polls = polls;
        this.loads = loads;
        this.tiers = tiers;
    }

    /** Runs until SIGTERM; a start that fails is one line on standard error and exit code 1. */
    public static void main(String[] arguments) {
        var running = new AtomicReference<@Nullable InferenceService>();
        boolean signals = Signals.onEnd(status -> end(running.get(), status));
        try {
            Settings settings = Settings.load(System.getenv());
            InferenceService service = start(settings, Ticker.systemTicker());
            running.set(service);
            if (!signals) {
                Runtime.getRuntime().addShutdownHook(new Thread(service::close, "stop"));
            }
            LOG.info("settings: {}", settings.describe(InferenceSettings.all()));
            LOG.info("inference-service listens on {}", service.address());
        } catch (SettingException | InvalidKeyFileException | HostStartException refused) {
            System.err.println("inference-service: " + refused.getMessage());
            System.exit(1);
        }
    }

    /** Ends the process; a start is broken off as {@code kill -9} would, for shutdown hooks crash a model that loads. */
    private static void end(@Nullable InferenceService running, int status) {
        if (running == null) {
            Runtime.getRuntime().halt(status);
        } else {
            running.close();
            System.exit(status);
        }
    }

    /**
     * Starts to listen.
     *
     * @param ticker time for the stages and the age of index generations
     * @throws SettingException where a setting is unknown or has an impossible value
     * @throws InvalidKeyFileException where the key file cannot be used
     * @throws HostStartException where the port cannot be had
     */
    public static InferenceService start(Settings settings, Ticker ticker) {
        return start(settings, ticker, InstantSource.system());
    }

    /** @param clock for the dates that clients are told, and for nothing that is measured */
    static InferenceService start(Settings settings, Ticker ticker, InstantSource clock) {
        settings.refuseUnknown(InferenceSettings.all(), Set.of("inference"));
        Duration pollInterval = settings.get(InferenceSettings.GENERATION_POLL);
        long cacheBytes = settings.get(InferenceSettings.CACHE_MAX_BYTES);
        HttpHost.Builder host = HttpHost.named("inference-service", InferenceSettings.HTTP.read(settings))
                .mostAtOnce(MOST_AT_ONCE);
        GenerationTiers.refuseContradictions(settings);

        ExecutorService loads = Executors.newVirtualThreadPerTaskExecutor();
        ScheduledExecutorService polls = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("generation-poll").daemon().factory());
        var retrieval = new RetrievalClient(
                settings.get(InferenceSettings.RETRIEVAL_URL),
                Optional.of(settings.get(InferenceSettings.RETRIEVAL_KEY)),
                new RetrievalClient.Limits(
                        settings.get(InferenceSettings.RETRIEVAL_TIMEOUT),
                        settings.get(InferenceSettings.RETRIEVAL_SECOND_ATTEMPTS),
                        FIRST_HEDGE),
                ticker,
                host.meters());
        var cache = new HotCache(cacheBytes, settings.get(InferenceSettings.CACHE_TENANT_SHARE), ticker, loads);
        var spaces = new GenerationSpaces(retrieval.endpoints(), retrieval::generations, ticker, pollInterval);
        var bytes = new RequestBytes(
                settings.get(InferenceSettings.REQUESTS_MAX_BYTES), InferenceSettings.REQUESTS_MAX_BYTES.env(), ticker);
        GenerationTiers open = GenerationTiers.open(settings, ticker);
        List<GenerationTier> tiers = open.all();
        host.limitation(open::limitation);
        var memory = new MemoryAccounts(
                MemoryProbe.self(),
                accounts(cache, cacheBytes, bytes, retrieval, tiers),
                () -> tiers.stream().flatMap(tier -> tier.held().stream()).toList());
        var planner = new Planner(
                () -> tiers.stream().map(GenerationTier::plan).toList(), InferenceSettings.highestTiers(settings));
        var pressure = new PressureWatch(memory::pressure, ticker);
        var router = new Router(settings.get(InferenceSettings.ROUTING_RULES), tier -> fullness(tiers, tier), pressure);
        var maker = new AnswerMaker(router, new Packer(), tiers, cache, pressure);
        var pipeline = new AnswerPipeline(
                new QuestionShaper(settings.get(InferenceSettings.QUESTION_MAX_TOKENS)),
                planner,
                cache,
                spaces,
                retrieval,
                maker,
                bytes,
                costs(settings),
                ticker);
        tiers.forEach(tier -> TierMeters.register(host.meters(), tier.tier(), tier::queue));
        var meters = new AnswerMeters(host.meters(), cache::bytes);
        var limit = new RouteLimit(
                "answers",
                settings.get(InferenceSettings.ANSWERS_PER_KEY),
                settings.get(InferenceSettings.ANSWERS_PER_TENANT),
                settings.get(InferenceSettings.ANSWERS_AT_ONCE));
        new AnswerRoutes(pipeline, meters, memory).install(host, limit);
        new GeneratorRoutes(tiers, open.local()).install(host);
        List<Tier> running = tiers.stream().map(GenerationTier::tier).toList();
        new OpenAiRoutes(pipeline, meters, retrieval, running, clock).install(host, limit);
        ConsolePage console = ConsolePage.load();
        host.page("/", console::send);
        try {
            HttpHost started = host.start();
            long pollNanos = pollInterval.toNanos();
            ScheduledFuture<?> polling = polls.scheduleWithFixedDelay(
                    again("poll", spaces::poll), pollNanos, pollNanos, TimeUnit.NANOSECONDS);
            ScheduledFuture<?> probing = polls.scheduleWithFixedDelay(
                    again("probe", retrieval::probe), PROBES.toMillis(), PROBES.toMillis(), TimeUnit.MILLISECONDS);
            return new InferenceService(started, retrieval, List.of(polling, probing), polls, loads, open);
        } catch (RuntimeException failed) {
            retrieval.close();
            polls.shutdownNow();
            loads.close();
            open.close();
            throw failed;
        }
    }

    /** The port that is bound. */
    public int port() {
        return host.port();
    }

    /** Address for clients on this machine. */
    public String address() {
        return host.address();
    }

    /** The routes that are registered: {@code POST /v1/answers} and others. */
    Set<String> routes() {
        return host.routes();
    }

    /** Finishes the accepted requests, then ends. */
    @Override
    public void close() {
        host.close();
        polling.forEach(poll -> poll.cancel(false));
        polls.shutdownNow();
        loads.close();
        tiers.close();
        retrieval.close();
    }

    /** A task that is called again whatever happened to it: an executor forgets one that threw. */
    private static Runnable again(String name, Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (Throwable failure) {
                LOG.error("{} of retrieval-service failed; it is tried again", name, failure);
            }
        };
    }

    /** What lies in the heap and has an owner of its own. */
    private static List<HeldBytes> accounts(
            HotCache cache,
            long cacheBytes,
            RequestBytes requests,
            RetrievalClient retrieval,
            List<GenerationTier> tiers) {
        LongSupplier queued =
                () -> tiers.stream().mapToLong(tier -> tier.queue().bytes()).sum();
        return List.of(
                new HeldBytes("hot_cache", "answers and search results, estimated", cache::bytes, cacheBytes),
                new HeldBytes(
                        "request_buffers",
                        "questions under way, reserved, without what waits in a queue",
                        () -> Math.max(0, requests.held() - queued.getAsLong()),
                        requests.max()),
                new HeldBytes(
                        "search_responses",
                        "responses of searches that are being read, reserved",
                        retrieval::responseBytes,
                        retrieval.maxResponseBytes()),
                new HeldBytes(
                        "batch_queues",
                        "what waits for a generation tier",
                        queued,
                        tiers.stream().mapToLong(GenerationTier::queueBytes).sum()));
    }

    private static double fullness(List<GenerationTier> tiers, Tier tier) {
        return tiers.stream()
                .filter(one -> one.tier() == tier)
                .mapToDouble(GenerationTier::fullness)
                .findFirst()
                .orElse(0);
    }

    private static CostModel costs(Settings settings) {
        return new CostModel(settings.get(InferenceSettings.HOST_PRICE), GenerationTiers.prices(settings));
    }
}
