package dev.siskin.inference.generation.local;

import dev.siskin.settings.Setting;
import dev.siskin.settings.Settings;
import java.util.List;
import java.util.Optional;

/**
 * A model that this process runs itself, and what it may take.
 *
 * @param tier that it runs, as settings name it
 * @param model name of a model, or the path of its folder
 * @param file of the folder's graphs; empty = the best there is, see {@code ModelFolder}
 * @param threads that a step is worked on by
 * @param sequences written at once, joined and left at the borders of steps
 * @param cacheBytes that keys and values of all sequences may take; 0 = what they need, within {@link ModelMemory}
 * @param contextTokens of one sequence, read and written, at most; 0 = what the model allows
 * @param promptTokens estimated tokens of passages that a prompt may have
 * @param drafts whether an answer that is written alone may be drafted from its prompt
 * @param apart whether no answer is computed together with another, or takes over what another's prompt began with;
 *     {@code sequences} is 1 then
 */
public record LocalSettings(
        String tier,
        String model,
        String file,
        int threads,
        int sequences,
        long cacheBytes,
        int contextTokens,
        int promptTokens,
        boolean drafts,
        boolean apart) {

    private static final String CACHE = "kv.max.bytes";

    /** The same with another model. */
    public LocalSettings with(String otherModel, String otherFile) {
        return new LocalSettings(
                tier,
                otherModel,
                otherFile,
                threads,
                sequences,
                cacheBytes,
                contextTokens,
                promptTokens,
                drafts,
                apart);
    }

    /** The name of the setting of its KV cache, for errors. */
    String cacheSetting() {
        return prefix(tier) + CACHE;
    }

    private static String prefix(String tier) {
        return "inference." + tier + ".local.";
    }

    /** The settings of one tier's model. */
    public record Declared(
            String tier,
            Setting<String> model,
            Setting<String> file,
            Setting<Integer> threads,
            Setting<Integer> sequences,
            Setting<Long> cacheBytes,
            Setting<Integer> contextTokens,
            Setting<Integer> promptTokens,
            Setting<Boolean> drafts,
            Setting<Boolean> apart) {
        /** All of them, for the table of settings. */
        public List<Setting<?>> all() {
            return List.of(model, file, threads, sequences, cacheBytes, contextTokens, promptTokens, drafts, apart);
        }

        /** Whether a model is named. */
        public boolean isNamed(Settings settings) {
            return !settings.get(model).isBlank();
        }

        /**
         * The values in force; empty where no model is named.
         *
         * @param processors for the model's threads where no number is set
         */
        public Optional<LocalSettings> read(Settings settings, int processors) {
            if (!isNamed(settings)) {
                return Optional.empty();
            }
            int asked = settings.get(threads);
            return Optional.of(new LocalSettings(
                    tier,
                    settings.get(model).strip(),
                    settings.get(file).strip(),
                    asked == 0 ? processors : asked,
                    settings.get(apart) ? 1 : settings.get(sequences),
                    settings.get(cacheBytes),
                    settings.get(contextTokens),
                    settings.get(promptTokens),
                    settings.get(drafts),
                    settings.get(apart)));
        }
    }

    /** Declares the settings under {@code inference.<tier>.local.…}. */
    public static Declared declare(String tier) {
        String prefix = prefix(tier);
        return new Declared(
                tier,
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
                        prefix + "threads",
                        0,
                        0,
                        1_024,
                        "Threads of a step of that model; 0 = one a processor, shared out evenly where both tiers have a model here."),
                Setting.integer(
                        prefix + "max.batch.size",
                        8,
                        1,
                        256,
                        "Answers that model writes at once; they join and leave between steps, others wait."),
                Setting.bytes(
                        prefix + CACHE,
                        0,
                        "Bytes that keys and values of those answers may take; one that finds no room waits; 0 = what max.batch.size answers of max.context.tokens take, as far as inference.local.max.bytes allows."),
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
                        "Estimated tokens of passages read for one answer."),
                Setting.flag(
                        prefix + "drafts",
                        true,
                        "Whether an answer that is written alone is drafted from its prompt, several tokens a step."),
                Setting.flag(
                        prefix + "apart",
                        false,
                        "Whether answers are computed one at a time and none takes over what another's prompt began with, so that on dynamic int8 graphs none changes another."));
    }

    /** As the log has it. */
    @Override
    public String toString() {
        return model + (file.isEmpty() ? "" : " (" + file + ")") + " in this process, " + threads + " threads";
    }
}
