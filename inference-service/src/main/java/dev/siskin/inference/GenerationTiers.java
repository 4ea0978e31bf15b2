package dev.siskin.inference;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.api.Tier;
import dev.siskin.generators.GeneratorLibrary;
import dev.siskin.inference.accounting.TokenPrice;
import dev.siskin.inference.answering.GenerationTier;
import dev.siskin.inference.generation.AnswerSupport;
import dev.siskin.inference.generation.ExtractiveGenerator;
import dev.siskin.inference.generation.SentenceSelector;
import dev.siskin.inference.generation.local.LocalModels;
import dev.siskin.inference.generation.local.LocalSettings;
import dev.siskin.inference.generation.local.ModelMemory;
import dev.siskin.inference.generation.remote.RemoteGenerator;
import dev.siskin.inference.generation.remote.RemoteSettings;
import dev.siskin.inference.models.LocalTier;
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
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The generation tiers that the settings ask for, and what runs each: an endpoint elsewhere or a model in this process.
 *
 * @param all highest first; the extractive one is always there
 * @param local those of them whose model runs here
 */
record GenerationTiers(List<GenerationTier> all, List<LocalTier> local) implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GenerationTiers.class);

    /** Where weights lie as the kernels read them, below the data folder. */
    private static final String PACKED = GeneratorLibrary.PACKED;

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
            if (declared.remote().read(settings).isPresent() && declared.local().isNamed(settings)) {
                throw new SettingException("tier " + name(declared.tier()) + " is run by one of "
                        + declared.remote().url().env() + " and "
                        + declared.local().model().env() + ": unset the other");
            }
        }
    }

    /** Has the tiers ready, models loaded and tried out. */
    static GenerationTiers open(Settings settings, Ticker ticker) {
        List<GenerationTier> all = new ArrayList<>();
        List<LocalTier> local = new ArrayList<>();
        List<String> models = DECLARED.stream()
                .filter(declared -> declared.local().isNamed(settings))
                .map(declared -> declared.local().tier())
                .toList();
        Optional<LocalModels> here = models.isEmpty() ? Optional.empty() : Optional.of(models(settings, models));
        int processors = Math.max(1, Runtime.getRuntime().availableProcessors() / Math.max(1, models.size()));
        for (Declared declared : DECLARED) {
            remote(declared, settings, ticker).ifPresent(all::add);
            here.flatMap(known -> local(declared, settings, processors, known, ticker))
                    .ifPresent(tier -> {
                        local.add(tier);
                        all.add(tier.tier());
                    });
        }
        all.add(extractive(settings, ticker));
        return new GenerationTiers(List.copyOf(all), List.copyOf(local));
    }

    private static LocalModels models(Settings settings, List<String> tiers) {
        NativeLibraries.name(NativeLibraries.folder(settings, Home.folder()));
        Path data = data(settings);
        long set = settings.get(InferenceSettings.LOCAL_MAX_BYTES);
        long most = set == 0 ? ModelMemory.ofThisHost() : set;
        LOG.info("models in this process may take {} MiB together", most >> 20);
        return new LocalModels(
                GeneratorLibrary.of(Home.folder(), data), data.resolve(PACKED), new ModelMemory(most, tiers));
    }

    /** What is not as the settings say; empty where all is. */
    Optional<String> limitation() {
        String missing = local.stream()
                .filter(tier -> tier.fault().isPresent())
                .map(tier -> name(tier.tier().tier()))
                .collect(Collectors.joining(", "));
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of("no model in tier " + missing + "; the log and GET /v1/generators say why");
    }

    /** Finishes what is being generated, and lets go of the models. */
    @Override
    public void close() {
        local.forEach(LocalTier::close);
        all.forEach(GenerationTier::close);
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
            return new GenerationTier(
                    declared.tier(),
                    remote.promptTokens(),
                    new RemoteGenerator(remote, ticker),
                    declared.queue().read(settings),
                    remote.slots(),
                    ticker);
        });
    }

    private static Optional<LocalTier> local(
            Declared declared, Settings settings, int processors, LocalModels models, Ticker ticker) {
        return declared.local().read(settings, processors).map(local -> {
            LOG.info("tier {}: {}", local.tier(), local);
            return LocalTier.open(
                    models,
                    local,
                    generator -> new GenerationTier(
                            declared.tier(),
                            local.promptTokens(),
                            generator,
                            declared.queue().read(settings),
                            local.sequences(),
                            ticker));
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
        return new GenerationTier(
                Tier.EXTRACTIVE,
                settings.get(InferenceSettings.PACKING_MAX_TOKENS),
                generator,
                InferenceSettings.EXTRACTIVE_QUEUE.read(settings),
                Runtime.getRuntime().availableProcessors(),
                ticker);
    }

    private static String name(Tier tier) {
        return tier.name().toLowerCase(Locale.ROOT);
    }
}
