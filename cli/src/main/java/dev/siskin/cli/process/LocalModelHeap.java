package dev.siskin.cli.process;

import dev.siskin.cli.CommandFailure;
import dev.siskin.generators.GeneratorLibrary;
import dev.siskin.settings.Setting;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The heap that inference-service needs beyond its own while it reads the tokenizer of a model that it runs itself: a
 * vocabulary of 150,000 pieces is 7 to 17 MB of JSON.
 */
final class LocalModelHeap {
    /** The file, and its text with two bytes a character; and as much again for what else is made meanwhile. */
    private static final int BYTES_PER_BYTE = 4;

    /** The service's own heap has that much room. */
    private static final long OF_NO_ACCOUNT_BYTES = 8L << 20;

    private static final List<Setting<String>> MODELS = Stream.of("small", "large")
            .map(tier -> Setting.text("inference." + tier + ".local.model", "", "Model of tier " + tier + "."))
            .toList();

    private static final Pattern HEAP = Pattern.compile("(?m)^-Xmx(\\d+)m$");

    private LocalModelHeap() {}

    /**
     * JVM options that win over the module's; none where its own heap is enough.
     *
     * @param options the module's {@code jvm.options}
     * @param told settings, by environment variable, that win over the others
     */
    static List<String> options(Path options, GeneratorLibrary library, Settings settings, Map<String, String> told) {
        long most = models(settings, told)
                .flatMap(model -> library.find(model).stream())
                .mapToLong(folder -> BYTES_PER_BYTE * size(folder.resolve("tokenizer.json")))
                .max()
                .orElse(0);
        if (most <= OF_NO_ACCOUNT_BYTES) {
            return List.of();
        }
        return heap(options)
                .map(own -> List.of("-Xmx" + (own + (most >> 20)) + "m"))
                .orElse(List.of());
    }

    /** Whether the service runs a model itself. */
    static boolean isNeeded(Settings settings, Map<String, String> told) {
        return models(settings, told).findAny().isPresent();
    }

    private static Stream<String> models(Settings settings, Map<String, String> told) {
        return MODELS.stream()
                .map(setting ->
                        told.getOrDefault(setting.env(), settings.get(setting)).strip())
                .filter(model -> !model.isEmpty());
    }

    /** 0 where there is no such file, of which the service tells. */
    private static long size(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException unreadable) {
            return 0;
        }
    }

    /** Mebibytes; empty where the options say nothing of it. */
    private static Optional<Long> heap(Path options) {
        try {
            Matcher found = HEAP.matcher(Files.readString(options));
            return found.find() ? Optional.of(Long.valueOf(found.group(1))) : Optional.empty();
        } catch (IOException unreadable) {
            throw new CommandFailure(options + " cannot be read: " + unreadable.getMessage());
        }
    }
}
