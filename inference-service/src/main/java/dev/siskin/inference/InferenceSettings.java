package dev.siskin.inference;

import dev.siskin.api.Tier;
import dev.siskin.auth.ServiceTier;
import dev.siskin.http.HttpSettings;
import dev.siskin.inference.generation.AnswerSupport;
import dev.siskin.inference.generation.local.LocalSettings;
import dev.siskin.inference.generation.local.ModelMemory;
import dev.siskin.inference.generation.remote.RemoteSettings;
import dev.siskin.inference.routing.RoutingRules;
import dev.siskin.runtime.NativeLibraries;
import dev.siskin.settings.Setting;
import dev.siskin.settings.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The settings of inference-service; {@code docs/configuration.md} is their table. */
public final class InferenceSettings {
    public static final HttpSettings.Declared HTTP = HttpSettings.declare("inference", 7300);

    public static final Setting<Path> DATA = Setting.path(
            "data",
            "",
            "Folder of everything kept on disk, models that were added in its models/; empty = .siskin below siskin.home.");

    public static final Setting<List<URI>> RETRIEVAL_URL = Setting.addresses(
            "inference.retrieval.url",
            "http://127.0.0.1:7301",
            "Address of retrieval-service; several, comma-separated, hold copies of the same collections.");

    public static final Setting<String> RETRIEVAL_KEY = Setting.secret(
            "inference.retrieval.key",
            "Key of scope service for retrieval-service; empty = retrieval-service is open and only tenant default is served.");

    /** Long enough for a search on a cold disk; a cached answer or a clear error beats waiting longer. */
    public static final Setting<Duration> RETRIEVAL_TIMEOUT = Setting.duration(
            "inference.retrieval.timeout",
            Duration.ofSeconds(5),
            "A search that takes longer has failed; a cached answer may stand in.");

    /** Enough for the 5 % that take longer than the 95th percentile, and the failures before a breaker opens. */
    public static final Setting<Double> RETRIEVAL_SECOND_ATTEMPTS = Setting.decimal(
            "inference.retrieval.second.attempts",
            0.1,
            0,
            1,
            "Share of searches that may be sent a second time, because the first failed or is slow; 0 = none.");

    /** Holds some 2,000 answers with their search results. */
    public static final Setting<Long> CACHE_MAX_BYTES =
            Setting.bytes("inference.cache.max.bytes", 4L << 20, "Bytes the hot cache may hold; 0 = keep nothing.");

    public static final Setting<Double> CACHE_TENANT_SHARE = Setting.decimal(
            "inference.cache.tenant.share",
            0.5,
            0.01,
            1,
            "Share of the hot cache that one tenant may hold while others hold something.");

    public static final Setting<Duration> GENERATION_POLL = Setting.duration(
            "inference.cache.generation.poll",
            Duration.ofSeconds(1),
            "How often index generations are asked for while questions come: a changed index serves an old answer that long.");

    public static final QueueSettings EXTRACTIVE_QUEUE = QueueSettings.declare("extractive");
    public static final QueueSettings SMALL_QUEUE = QueueSettings.declare("small");
    public static final QueueSettings LARGE_QUEUE = QueueSettings.declare("large");

    public static final Setting<Integer> ANSWERS_PER_KEY = Setting.integer(
            "inference.answers.per.minute.key",
            0,
            0,
            1_000_000,
            "Answers and chat completions together that one key may ask for a minute, or one address where no keys are in use; beyond, 429; 0 = no limit.");

    public static final Setting<Integer> ANSWERS_PER_TENANT = Setting.integer(
            "inference.answers.per.minute.tenant", 0, 0, 1_000_000, "The same for all keys of a tenant together.");

    /** Less than half of what {@link #REQUESTS_MAX_BYTES} and the queues hold by default. */
    public static final Setting<Integer> ANSWERS_AT_ONCE = Setting.integer(
            "inference.answers.at.once.tenant",
            64,
            0,
            1_000_000,
            "Answers, chat completions and lists of models of a tenant that may be under way, where keys are in use; beyond, 429; 0 = no limit.");

    /** Some 140 questions with everything by default. */
    public static final Setting<Long> REQUESTS_MAX_BYTES = Setting.bytes(
            "inference.requests.max.bytes",
            8L << 20,
            "Bytes that questions under way may hold together, estimated; beyond, an earlier answer or 503.");

    public static final RemoteSettings.Declared SMALL = RemoteSettings.declare("small");
    public static final RemoteSettings.Declared LARGE = RemoteSettings.declare("large");

    public static final LocalSettings.Declared SMALL_LOCAL = LocalSettings.declare("small");
    public static final LocalSettings.Declared LARGE_LOCAL = LocalSettings.declare("large");

    public static final Setting<Long> LOCAL_MAX_BYTES = Setting.bytes(
            ModelMemory.SETTING,
            0,
            "Bytes that the models in this process may take together, weights and KV caches; 0 = 80 % of the memory there is, less what the process itself takes.");

    public static final Setting<String> STANDARD_HIGHEST = highestTier(ServiceTier.STANDARD);
    public static final Setting<String> PREMIUM_HIGHEST = highestTier(ServiceTier.PREMIUM);

    public static final Setting<RoutingRules> ROUTING_RULES = new Setting<>(
            "inference.routing.rules",
            RoutingRules.parse(
                    "extractive if lookup and cosine >= 0.7; small if queue >= 0.5; small if pressure >= warn;"
                            + " large if comparison; large if reason; large if parts >= 2; small"),
            RoutingRules::parse,
            "Which tier answers where more than one may: the first rule that holds; none, the highest.",
            false);

    public static final Setting<Integer> QUESTION_MAX_TOKENS = Setting.integer(
            "inference.question.max.tokens",
            512,
            16,
            4_096,
            "Estimated tokens of a question that are used; the rest is cut off and the answer says so.");

    public static final Setting<Integer> PACKING_MAX_TOKENS = Setting.integer(
            "inference.packing.max.tokens",
            4_000,
            100,
            100_000,
            "Estimated tokens of passages the extractive generator reads for one answer.");

    /** Three sentences hold the gold answer of 90 % of SQuAD's questions, one 78 %. */
    public static final Setting<Integer> MAX_SENTENCES = Setting.integer(
            "inference.extractive.max.sentences", 3, 1, 20, "Sentences an extractive answer quotes at most.");

    public static final Setting<Double> SUPPORT_SHARE_WEIGHT = Setting.decimal(
            "inference.extractive.support.share.weight",
            AnswerSupport.Bounds.BGE_SMALL_EN.share(),
            0,
            10,
            "What the best sentence's share of the question adds to the best cosine, for embedding models other than bge-small-en-v1.5 and all-minilm-l6-v2, which have fitted values.");

    public static final Setting<Double> SUPPORT_MINIMUM = Setting.decimal(
            "inference.extractive.support.minimum",
            AnswerSupport.Bounds.BGE_SMALL_EN.together(),
            -1,
            10,
            "Cosine and weighted share together must reach this, or the answer abstains; for embedding models other than bge-small-en-v1.5 and all-minilm-l6-v2, which have fitted values.");

    public static final Setting<Double> SUPPORT_KEYWORD_MINIMUM = Setting.decimal(
            "inference.extractive.support.keyword.minimum",
            AnswerSupport.DEFAULT_KEYWORD_ONLY,
            0,
            1,
            "What the share alone must reach where search had no vectors.");

    public static final Setting<Double> HOST_PRICE = Setting.decimal(
            "inference.cost.host.price.per.hour",
            0.02,
            0,
            10_000,
            "US dollars an hour of this host costs; the basis of the cost an answer reports.");

    private InferenceSettings() {}

    private static Setting<String> highestTier(ServiceTier service) {
        String name = service.name().toLowerCase(Locale.ROOT);
        return new Setting<>(
                "inference.routing." + name + ".highest",
                "large",
                InferenceSettings::tierName,
                "Highest generation tier that keys of service tier " + name + " may use: extractive, small or large.",
                false);
    }

    private static String tierName(String text) {
        String name = text.strip();
        if (!List.of("extractive", "small", "large").contains(name)) {
            throw new IllegalArgumentException("extractive, small or large");
        }
        return name;
    }

    /** Highest generation tier by service tier. */
    static Map<ServiceTier, Tier> highestTiers(Settings settings) {
        return Map.of(
                ServiceTier.STANDARD, tier(settings.get(STANDARD_HIGHEST)),
                ServiceTier.PREMIUM, tier(settings.get(PREMIUM_HIGHEST)));
    }

    private static Tier tier(String name) {
        return Tier.valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** All of them. */
    public static List<Setting<?>> all() {
        return Stream.of(
                        HTTP.all(),
                        EXTRACTIVE_QUEUE.all(),
                        List.of(
                                DATA,
                                NativeLibraries.FOLDER,
                                RETRIEVAL_URL,
                                RETRIEVAL_KEY,
                                RETRIEVAL_TIMEOUT,
                                RETRIEVAL_SECOND_ATTEMPTS,
                                CACHE_MAX_BYTES,
                                CACHE_TENANT_SHARE,
                                GENERATION_POLL,
                                ANSWERS_PER_KEY,
                                ANSWERS_PER_TENANT,
                                ANSWERS_AT_ONCE,
                                REQUESTS_MAX_BYTES,
                                QUESTION_MAX_TOKENS,
                                PACKING_MAX_TOKENS,
                                MAX_SENTENCES,
                                SUPPORT_SHARE_WEIGHT,
                                SUPPORT_MINIMUM,
                                SUPPORT_KEYWORD_MINIMUM),
                        SMALL.all(),
                        SMALL_LOCAL.all(),
                        SMALL_QUEUE.all(),
                        LARGE.all(),
                        LARGE_LOCAL.all(),
                        LARGE_QUEUE.all(),
                        List.of(LOCAL_MAX_BYTES, STANDARD_HIGHEST, PREMIUM_HIGHEST, ROUTING_RULES, HOST_PRICE))
                .<Setting<?>>flatMap(List::stream)
                .toList();
    }
}
