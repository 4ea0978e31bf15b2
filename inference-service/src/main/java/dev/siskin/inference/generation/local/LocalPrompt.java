package dev.siskin.inference.generation.local;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.inference.packing.Passage;
import dev.siskin.runtime.AddedTokens;
import dev.siskin.runtime.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The prompts of a local model as token ids, and the text of its answers. Thread-safe; do not call from virtual threads,
 * see {@link Tokenizer}.
 *
 * <p>What the model is told is what remote models are told ({@link dev.siskin.inference.generation.RagPrompt}), unless
 * the folder's {@code siskin.json} names another form: {@code {"prompt":"labelled-sentences"}}, see {@link
 * LabelledSentences}.
 */
public final class LocalPrompt implements AutoCloseable {
    /** What Siskin itself reads of a model's folder. */
    static final String FILE = "siskin.json";

    private static final String TOKENIZER = "tokenizer.json";
    private static final String RULES = "rules";
    private static final String LABELLED = "labelled-sentences";

    private final Tokenizer tokenizer;
    private final SpecialTokens specialTokens;
    private final ChatTemplate template;
    private final PromptForm form;
    private final Set<Integer> addedIds;
    private final int constantTokens;

    private LocalPrompt(
            Tokenizer tokenizer,
            AddedTokens added,
            SpecialTokens specialTokens,
            ChatTemplate template,
            PromptForm form) {
        this.tokenizer = tokenizer;
        this.addedIds = added.tokens().stream().map(AddedTokens.Token::id).collect(Collectors.toUnmodifiableSet());
        this.specialTokens = specialTokens;
        this.template = template;
        this.form = form;
        this.constantTokens = constantTokens();
    }

    /** Of two prompts that have nothing in common but what every prompt begins with. */
    private int constantTokens() {
        String constant = form.constantTurn();
        return constant.isEmpty() ? 0 : Math.max(0, Arrays.mismatch(begun(constant, "1"), begun(constant, "a")));
    }

    private int[] begun(String constant, String question) {
        return tokenizer.encodeWithSpecials(
                template.render(List.of(ChatTemplate.Message.system(constant), ChatTemplate.Message.user(question))));
    }

    /**
     * A prompt.
     *
     * @param ids {@code [tokens]}, the beginning of the answer's turn included
     * @param passages how many of the passages are in it, the best ones
     */
    @SuppressWarnings("ArrayRecordComponent") // lives for one answer and is compared with nothing
    public record Encoded(int[] ids, int passages) {}

    /**
     * Opens a model folder's tokenizer and chat template.
     *
     * @param clock of the dates that templates write
     * @throws dev.siskin.runtime.ModelDirectoryException if {@code tokenizer.json} is missing or wrong
     * @throws ChatTemplateException if the chat template is wrong, or {@code siskin.json}
     */
    public static LocalPrompt open(Path folder, Clock clock) {
        Path file = folder.resolve(TOKENIZER);
        var tokenizer = Tokenizer.open(file);
        try {
            AddedTokens added = AddedTokens.read(file);
            var specialTokens = new SpecialTokens(tokenizer, added);
            PromptForm form = form(folder, specialTokens);
            return new LocalPrompt(tokenizer, added, specialTokens, ChatTemplate.open(folder, tokenizer, clock), form);
        } catch (RuntimeException unusable) {
            tokenizer.close();
            throw unusable;
        }
    }

    private static PromptForm form(Path folder, SpecialTokens specialTokens) {
        Path file = folder.resolve(FILE);
        String name = RULES;
        if (Files.isRegularFile(file)) {
            try {
                JsonNode settings = Json.MAPPER.readTree(file.toFile());
                name = settings.path("prompt").asText(RULES);
            } catch (IOException fault) {
                throw new ChatTemplateException("%s cannot be read: %s".formatted(file, fault.getMessage()), fault);
            }
        }
        return switch (name) {
            case RULES -> PromptForm.rules(specialTokens);
            case LABELLED -> new LabelledSentences(specialTokens);
            default ->
                throw new ChatTemplateException(
                        "%s: prompt must be %s or %s: prompt=%s".formatted(file, RULES, LABELLED, name),
                        new IllegalArgumentException(name));
        };
    }

    /** Changes with everything that changes the prompt of the same question and passages but the folder and the day. */
    public String version() {
        return form.version();
    }

    /** How many tokens every prompt begins with, whatever question and passages. */
    public int constant() {
        return constantTokens;
    }

    /** Where the chat template came from: a file's name, or which default. */
    public String templateSource() {
        return template.source();
    }

    /**
     * The prompt, with as many whole passages as fit, best first.
     *
     * @param passages best first, at least one
     * @param maxTokens of the prompt
     * @throws PromptTooLongException if not even the first passage fits
     */
    public Encoded of(String question, List<Passage> passages, int maxTokens) {
        int[] all = ids(question, passages, passages.size());
        if (all.length > 0 && all.length <= maxTokens) {
            return new Encoded(all, passages.size());
        }
        int[] best = new int[0];
        int fit = 0;
        for (int low = 1, high = passages.size() - 1; low <= high; ) {
            int middle = (low + high) >>> 1;
            int[] ids = ids(question, passages, middle);
            if (ids.length > 0 && ids.length <= maxTokens) {
                best = ids;
                fit = middle;
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        if (fit == 0) {
            throw new PromptTooLongException("the question and one passage have %d tokens, a prompt at most %d"
                    .formatted(ids(question, passages, 1).length, maxTokens));
        }
        return new Encoded(best, fit);
    }

    /** Empty where the form has no room for so many. */
    private int[] ids(String question, List<Passage> passages, int count) {
        List<Passage> packed = passages.subList(0, count);
        if (!form.holds(packed)) {
            return new int[0];
        }
        String prompt = template.render(form.messages(question, packed));
        return prompt.length() <= Tokenizer.LONGEST_PROMPT ? tokenizer.encodeWithSpecials(prompt) : new int[0];
    }

    /** What the vocabulary says against being that of a model, see {@link Vocabulary}. */
    Optional<String> mismatch(int vocabulary, Set<Integer> endTokens) {
        return new Vocabulary(tokenizer, addedIds).mismatch(vocabulary, endTokens);
    }

    /**
     * The text of an answer that begins.
     *
     * @param stops texts at which it ends, beside those of the model
     */
    public TokenText text(List<String> stops) {
        return new TokenText(
                tokenizer,
                specialTokens,
                Stream.concat(template.stops().stream(), stops.stream()).toList());
    }

    /** Gives the vocabulary back. */
    @Override
    public void close() {
        tokenizer.close();
    }
}
