package dev.siskin.inference.generation.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.siskin.api.Json;
import dev.siskin.inference.generation.local.template.Template;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a model folder says of chats, in the files that transformers writes: {@code chat_template.jinja}, and of {@code
 * tokenizer_config.json} the fields {@code chat_template} (a text, or a list of named ones of which {@code default}
 * counts) and {@code *_token} (a text, or an object with {@code content}); {@code special_tokens_map.json} has the latter,
 * too, in older folders. {@code chat_template.json} has the former in folders of models that also see or hear. Any of the
 * files may be missing.
 *
 * @param template      the template; a file of its own before a field, the tokenizer's before the processor's
 * @param specialTokens name, such as {@code bos_token}, to text
 */
record TokenizerConfig(Optional<Source> template, Map<String, String> specialTokens) {
    static final String TEMPLATE = "chat_template.jinja";
    static final String CONFIG = "tokenizer_config.json";

    /** Of models that also see or hear, whose processor has the template. */
    static final String PROCESSOR = "chat_template.json";

    private static final String SPECIAL_TOKENS = "special_tokens_map.json";

    TokenizerConfig {
        specialTokens = Map.copyOf(specialTokens);
    }

    /** A template and the file it stands in. */
    record Source(String name, String text) {}

    /** @throws ChatTemplateException naming the file that cannot be read */
    static TokenizerConfig read(Path folder) {
        JsonNode config = json(folder.resolve(CONFIG));
        Map<String, String> tokens = new HashMap<>();
        for (JsonNode file : new JsonNode[] {json(folder.resolve(SPECIAL_TOKENS)), config}) {
            file.properties().forEach(field -> {
                String text =
                        field.getValue().path("content").asText(field.getValue().asText(""));
                if (field.getKey().endsWith("_token") && !text.isEmpty()) {
                    tokens.put(field.getKey(), text);
                }
            });
        }
        Path own = folder.resolve(TEMPLATE);
        Optional<Source> template = Files.isRegularFile(own)
                ? Optional.of(new Source(TEMPLATE, text(own)))
                : ofField(config, CONFIG).or(() -> ofField(json(folder.resolve(PROCESSOR)), PROCESSOR));
        return new TokenizerConfig(template, tokens);
    }

    private static Optional<Source> ofField(JsonNode file, String name) {
        return ofField(file.path("chat_template")).map(text -> new Source(name, text));
    }

    private static Optional<String> ofField(JsonNode field) {
        if (field.isTextual()) {
            return Optional.of(field.asText());
        }
        for (JsonNode named : field) {
            if (named.path("name").asText().equals("default")) {
                return Optional.of(named.path("template").asText());
            }
        }
        return Optional.empty();
    }

    private static JsonNode json(Path file) {
        if (!Files.isRegularFile(file)) {
            return MissingNode.getInstance();
        }
        try {
            return Json.MAPPER.readTree(file.toFile());
        } catch (IOException fault) {
            throw unreadable(file, fault);
        }
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > 4L * Template.LONGEST) {
                throw new IOException("it has more than %d bytes".formatted(4L * Template.LONGEST));
            }
            return Files.readString(file);
        } catch (IOException fault) {
            throw unreadable(file, fault);
        }
    }

    private static ChatTemplateException unreadable(Path file, IOException fault) {
        String line = String.valueOf(fault.getMessage()).lines().findFirst().orElse("");
        return new ChatTemplateException(
                "%s cannot be read: %s; copy the model's folder again".formatted(file, line), fault);
    }
}
