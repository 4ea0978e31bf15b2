package dev.siskin.inference.generation.local;

import dev.siskin.inference.generation.local.template.Template;
import dev.siskin.inference.generation.local.template.TemplateException;
import dev.siskin.runtime.Tokenizer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a model wants a chat written. The folder's own template counts, see {@link TokenizerConfig}; a folder without one
 * gets ChatML where the vocabulary has its marks, and lines with names in front otherwise. Thread-safe.
 *
 * <p>A template that refuses a system text, or leaves it out, gets it in front of the first turn of the user. The
 * template is asked for an answer without thoughts ({@code enable_thinking} is false), and knows no tools.
 */
public final class ChatTemplate {
    /** The marks of ChatML. */
    static final String TURN = "<|im_start|>";

    static final String END_OF_TURN = "<|im_end|>";

    private static final String CHAT_ML = """
            {%- for message in messages -%}
                {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}
            {%- endfor -%}
            {%- if add_generation_prompt -%}
                {{- '<|im_start|>assistant\\n' -}}
            {%- endif -%}
            """;

    private static final String PLAIN = """
            {{- bos_token -}}
            {%- for message in messages -%}
                {{- '' if message.role == 'system' else message.role.title() + ': ' -}}
                {{- message.content + '\\n\\n' -}}
            {%- endfor -%}
            {{- 'Assistant:' if add_generation_prompt -}}
            """;

    private static final List<Message> PROBE = List.of(Message.system("probe-s"), Message.user("probe-u"));

    private final Template template;
    private final Map<String, String> specialTokens;
    private final String source;
    private final List<String> stops;
    private final Clock clock;
    private final boolean knowsSystem;

    private ChatTemplate(
            Template template, Map<String, String> specialTokens, String source, List<String> stops, Clock clock) {
        this.template = template;
        this.specialTokens = specialTokens;
        this.source = source;
        this.stops = stops;
        this.clock = clock;
        this.knowsSystem = rendersSystem();
    }

    /**
     * A turn of a chat.
     *
     * @param role {@code system}, {@code user} or {@code assistant}
     */
    public record Message(String role, String content) {
        /** What the model is told before all. */
        public static Message system(String content) {
            return new Message("system", content);
        }

        /** What the user says. */
        public static Message user(String content) {
            return new Message("user", content);
        }
    }

    /**
     * Reads a model folder's template and tries it.
     *
     * @param clock of the dates that templates write
     * @throws ChatTemplateException naming the file that is wrong
     */
    public static ChatTemplate open(Path folder, Tokenizer tokenizer, Clock clock) {
        TokenizerConfig config = TokenizerConfig.read(folder);
        Optional<TokenizerConfig.Source> own = config.template();
        boolean chatMl =
                tokenizer.idOf(TURN).isPresent() && tokenizer.idOf(END_OF_TURN).isPresent();
        String text = own.isPresent() ? own.get().text() : chatMl ? CHAT_ML : PLAIN;
        String source = own.isPresent() ? own.get().name() : chatMl ? "default (ChatML)" : "default (lines)";
        List<String> stops = own.isPresent() ? List.of() : chatMl ? List.of(END_OF_TURN) : List.of("\nUser:");
        try {
            var template = new ChatTemplate(Template.of(text), config.specialTokens(), source, stops, clock);
            template.render(PROBE);
            return template;
        } catch (TemplateException fault) {
            throw new ChatTemplateException(
                    "%s, %s: %s; name another model, or put a chat_template.jinja that it reads into the folder"
                            .formatted(folder, source, fault.getMessage()),
                    fault);
        }
    }

    /** Where the template came from. */
    public String source() {
        return source;
    }

    /** Texts at which an answer ends, where the folder's own template does not settle it. */
    public List<String> stops() {
        return stops;
    }

    /**
     * The whole prompt as text, marks and the beginning of the answer's turn included.
     *
     * @throws TemplateException if the template does not render these messages
     */
    public String render(List<Message> messages) {
        return rendered(knowsSystem ? messages : merged(messages));
    }

    private String rendered(List<Message> messages) {
        Map<String, Object> variables = new HashMap<>(specialTokens);
        variables.put(
                "messages",
                messages.stream()
                        .map(message -> Map.of("role", message.role(), "content", message.content()))
                        .toList());
        variables.put("add_generation_prompt", true);
        variables.put("enable_thinking", false);
        variables.put("tools", null);
        variables.put("documents", null);
        return template.render(variables, clock);
    }

    private boolean rendersSystem() {
        try {
            String text = rendered(PROBE);
            return PROBE.stream().map(Message::content).allMatch(text::contains);
        } catch (TemplateException refused) {
            return false; // what else may be wrong with it shows where it is tried without a system text
        }
    }

    /** The system text in front of the user's first one. */
    private static List<Message> merged(List<Message> messages) {
        List<Message> merged = new ArrayList<>();
        var before = new StringBuilder();
        for (Message message : messages) {
            if (message.role().equals("system")) {
                before.append(message.content()).append("\n\n");
            } else {
                merged.add(new Message(message.role(), before + message.content()));
                before.setLength(0);
            }
        }
        return merged;
    }
}
