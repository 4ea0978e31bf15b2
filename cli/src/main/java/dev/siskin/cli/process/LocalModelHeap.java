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
                .mapToLong(LocalModelHeap::beyondOwn)
                .max()
                .orElse(0);
        return most == 0
                ? List.of()
                : mebibytes(options, most).stream()
                        .map(heap -> "-Xmx" + heap + "m")
                        .toList();
    }

    /** Mebibytes of heap with this model; empty where the module's options do not say what it has without. */
    static Optional<Long> mebibytes(Path options, Path folder) {
        return mebibytes(options, beyondOwn(folder));
    }

    private static Optional<Long> mebibytes(Path options, long beyondOwn) {
        return heap(options).map(own -> own + (beyondOwn >> 20));
    }

    private static long beyondOwn(Path folder) {
        long bytes = BYTES_PER_BYTE * size(folder.resolve("tokenizer.json"));
        return bytes <= OF_NO_ACCOUNT_BYTES ? 0 : bytes;
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
