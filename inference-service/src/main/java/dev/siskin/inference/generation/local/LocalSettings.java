package dev.siskin.inference.generation.local;

import dev.siskin.settings.Setting;
import dev.siskin.settings.Settings;
import java.util.List;
import java.util.Optional;

/**
 * A model that this process runs itself, and what it may take.
 *
 * @param model name of a model, or the path of its folder
 * @param file of the folder's graphs; empty = the best there is, see {@code ModelFolder}
 * @param threads that a step is worked on by
 * @param sequences written at once, joined and left at the borders of steps
 * @param cacheBytes that keys and values of all sequences may take
 * @param contextTokens of one sequence, read and written, at most; 0 = what the model allows
 * @param promptTokens estimated tokens of passages that a prompt may have
 */
public record LocalSettings(
        String model, String file, int threads, int sequences, long cacheBytes, int contextTokens, int promptTokens) {

    /** The settings of one tier's model. */
    public record Declared(
            Setting<String> model,
            Setting<String> file,
            Setting<Integer> threads,
            Setting<Integer> sequences,
            Setting<Long> cacheBytes,
            Setting<Integer> contextTokens,
            Setting<Integer> promptTokens) {
        /** All of them, for the table of settings. */
        public List<Setting<?>> all() {
            return List.of(model, file, threads, sequences, cacheBytes, contextTokens, promptTokens);
        }

        /** The values in force; empty where no model is named. */
        public Optional<LocalSettings> read(Settings settings) {
            String name = settings.get(model).strip();
            if (name.isEmpty()) {
                return Optional.empty();
            }
            int asked = settings.get(threads);
            return Optional.of(new LocalSettings(
                    name,
                    settings.get(file).strip(),
                    asked == 0 ? Runtime.getRuntime().availableProcessors() : asked,
                    settings.get(sequences),
                    settings.get(cacheBytes),
                    settings.get(contextTokens),
                    settings.get(promptTokens)));
        }
    }

    /** Declares the settings under {@code inference.<tier>.local.…}. */
    public static Declared declare(String tier) {
        String prefix = "inference." + tier + ".local.";
        return new Declared(
                Setting.text(
                        prefix + "model",
                        "",
                        "Model that this process runs for tier " + tier
                                + ": a name from ./siskin model list, or the path of its folder; empty = none."),
                Setting.text(
                        prefix + "file",
                        "",
                        "Which graph of that folder, such as onnx/model_int8.onnx; empty = the best there is, 4 bits before 8."),
                Setting.integer(
                        prefix + "threads", 0, 0, 1_024, "Threads of a step of that model; 0 = one a processor."),
                Setting.integer(
                        prefix + "max.batch.size",
                        8,
                        1,
                        256,
                        "Answers that model writes at once; they join and leave between steps, others wait."),
                Setting.bytes(
                        prefix + "kv.max.bytes",
                        64L << 20,
                        "Bytes that keys and values of those answers may take; one that finds no room waits."),
                Setting.integer(
                        prefix + "max.context.tokens",
                        2_048,
                        0,
                        1_000_000,
                        "Tokens of one prompt and its answer together; 0 = what the model allows."),
                Setting.integer(
                        prefix + "max.prompt.tokens",
                        1_000,
                        50,
                        100_000,
                        "Estimated tokens of passages read for one answer."));
    }

    /** As the log has it. */
    @Override
    public String toString() {
        return model + (file.isEmpty() ? "" : " (" + file + ")") + " in this process, " + threads + " threads";
    }
}
