package dev.siskin.inference;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.api.Tier;
import dev.siskin.generators.GeneratorLibrary;
import dev.siskin.inference.accounting.TokenPrice;
import dev.siskin.inference.answering.GenerationTier;
import dev.siskin.inference.generation.AnswerSupport;
import dev.siskin.inference.generation.ExtractiveGenerator;
import dev.siskin.inference.generation.Generator;
import dev.siskin.inference.generation.SentenceSelector;
import dev.siskin.inference.generation.local.LocalGenerator;
import dev.siskin.inference.generation.local.LocalSettings;
import dev.siskin.inference.generation.remote.RemoteGenerator;
import dev.siskin.inference.generation.remote.RemoteSettings;
import dev.siskin.inference.routing.TierPlan;
import dev.siskin.runtime.NativeLibraries;
import dev.siskin.settings.Home;
import dev.siskin.settings.SettingException;
import dev.siskin.settings.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which generation tiers the settings ask for, and what runs each: an endpoint elsewhere or a model in this process. */
final class GenerationTiers {
    private static final Logger LOG = LoggerFactory.getLogger(GenerationTiers.class);

    /** Where weights lie as the kernels read them, below the data folder. */
    private static final String PACKED = GeneratorLibrary.PACKED;

    private GenerationTiers() {}

    private record Declared(
            Tier tier, RemoteSettings.Declared remote, LocalSettings.Declared local, QueueSettings queue) {}

    /** Highest first. */
    private static final List<Declared> DECLARED = List.of(
            new Declared(
                    Tier.LARGE, InferenceSettings.LARGE, InferenceSettings.LARGE_LOCAL, InferenceSettings.LARGE_QUEUE),
            new Declared(
                    Tier.SMALL, InferenceSettings.SMALL, InferenceSettings.SMALL_LOCAL, InferenceSettings.SMALL_QUEUE));

    /** @throws SettingException where a tier has both an endpoint and a model, or settings do not go together */
    static void refuseContradictions(Settings settings) {
        for (Declared declared : DECLARED) {
            if (declared.remote().read(settings).isPresent()
                    && declared.local().read(settings).isPresent()) {
                throw new SettingException("tier " + name(declared.tier()) + " is run by one of "
                        + declared.remote().url().env() + " and "
                        + declared.local().model().env() + ": unset the other");
            }
        }
    }

    /** The tiers that are used here, highest first; the extractive one is always there. */
    static List<GenerationTier> open(Settings settings, Ticker ticker) {
        List<GenerationTier> tiers = new ArrayList<>();
        for (Declared declared : DECLARED) {
            remote(declared, settings, ticker)
                    .or(() -> local(declared, settings, ticker))
                    .ifPresent(tiers::add);
        }
        tiers.add(extractive(settings, ticker));
        return List.copyOf(tiers);
    }

    /** What endpoints elsewhere charge. */
    static Map<Tier, TokenPrice> prices(Settings settings) {
        Map<Tier, TokenPrice> prices = new EnumMap<>(Tier.class);
        for (Declared declared : DECLARED) {
            declared.remote().read(settings).ifPresent(remote -> prices.put(declared.tier(), remote.price()));
        }
        return prices;
    }

    private static Optional<GenerationTier> remote(Declared declared, Settings settings, Ticker ticker) {
        return declared.remote().read(settings).map(remote -> {
            LOG.info("tier {}: {}", name(declared.tier()), remote);
            var generator = new RemoteGenerator(remote, ticker);
            var plan = new TierPlan(declared.tier(), generator.model(), remote.promptTokens());
            return new GenerationTier(plan, generator, declared.queue().read(settings), remote.slots(), ticker);
        });
    }

    private static Optional<GenerationTier> local(Declared declared, Settings settings, Ticker ticker) {
        return declared.local().read(settings).map(local -> {
            LOG.info("tier {}: {}", name(declared.tier()), local);
            NativeLibraries.name(NativeLibraries.folder(settings, Home.folder()));
            Path data = data(settings);
            Generator generator = LocalGenerator.open(
                    name(declared.tier()), local, GeneratorLibrary.of(Home.folder(), data), data.resolve(PACKED));
            var plan = new TierPlan(declared.tier(), generator.model(), local.promptTokens());
            return new GenerationTier(plan, generator, declared.queue().read(settings), local.sequences(), ticker);
        });
    }

    private static Path data(Settings settings) {
        Path named = settings.get(InferenceSettings.DATA);
        return named.toString().isEmpty() ? Home.data(Home.folder()) : named;
    }

    private static GenerationTier extractive(Settings settings, Ticker ticker) {
        var others = new AnswerSupport.Bounds(
                settings.get(InferenceSettings.SUPPORT_SHARE_WEIGHT), settings.get(InferenceSettings.SUPPORT_MINIMUM));
        var support = new AnswerSupport(others, settings.get(InferenceSettings.SUPPORT_KEYWORD_MINIMUM));
        var generator =
                new ExtractiveGenerator(new SentenceSelector(support, settings.get(InferenceSettings.MAX_SENTENCES)));
        var plan = new TierPlan(Tier.EXTRACTIVE, generator.model(), settings.get(InferenceSettings.PACKING_MAX_TOKENS));
        return new GenerationTier(
                plan,
                generator,
                InferenceSettings.EXTRACTIVE_QUEUE.read(settings),
                Runtime.getRuntime().availableProcessors(),
                ticker);
    }

    private static String name(Tier tier) {
        return tier.name().toLowerCase(Locale.ROOT);
    }
}
