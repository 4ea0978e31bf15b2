package dev.siskin.inference.generation.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.inference.generation.local.ChatTemplate.Message;
import dev.siskin.runtime.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a folder's template is found, and what stands in for one. */
final class ChatTemplateTest {
    private static final List<Message> CHAT = List.of(
            Message.system("Be short."), Message.user("How?"), new Message("assistant", "So."), Message.user("Why?"));

    @TempDir
    private Path in;

    private static ChatTemplate open(Path folder) {
        try (var tokenizer = Tokenizer.open(folder.resolve("tokenizer.json"))) {
            return ChatTemplate.open(folder, tokenizer, ModelFolders.CLOCK);
        }
    }

    private Path folder(String tokenizer, String file, String text) throws IOException {
        Path folder = ModelFolders.folder(in, tokenizer);
        Files.writeString(folder.resolve(file), text);
        return folder;
    }

    @Test
    void fileOfItsOwn_counts_beforeTheField() throws IOException {
        Path folder = folder(ModelFolders.BYTE_LEVEL, TokenizerConfig.CONFIG, """
                {"chat_template":"{{ messages[0].content }}{{ messages[1].content }} of the field"}""");
        assertThat(open(folder).render(CHAT)).isEqualTo("Be short.How? of the field");

        Files.writeString(folder.resolve(TokenizerConfig.TEMPLATE), "{{ messages | map(attribute='content') | join }}");
        ChatTemplate template = open(folder);
        assertThat(template.render(CHAT)).isEqualTo("Be short.How?So.Why?");
        assertThat(template.source()).isEqualTo(TokenizerConfig.TEMPLATE);
        assertThat(template.stops()).isEmpty();
    }

    @Test
    void processorsFile_counts_behindTheTokenizers() throws IOException {
        Path folder = folder(ModelFolders.BYTE_LEVEL, TokenizerConfig.PROCESSOR, """
                {"chat_template":"{{ messages[0].content }}{{ messages[1].content }} of the processor"}""");
        assertThat(open(folder).render(CHAT)).isEqualTo("Be short.How? of the processor");
        assertThat(open(folder).source()).isEqualTo(TokenizerConfig.PROCESSOR);

        Files.writeString(folder.resolve(TokenizerConfig.CONFIG), """
                {"chat_template":"{{ messages[0].content }}{{ messages[1].content }} of the field"}""");
        assertThat(open(folder).render(CHAT)).isEqualTo("Be short.How? of the field");
    }

    @Test
    void ofSeveralNamedTemplates_theDefaultCounts() throws IOException {
        Path folder = folder(ModelFolders.BYTE_LEVEL, TokenizerConfig.CONFIG, """
                {"chat_template":[{"name":"tool_use","template":"no"},
                  {"name":"default","template":"{{ messages[0].content ~ messages[1].content }}"}]}""");

        assertThat(open(folder).render(CHAT)).isEqualTo("Be short.How?");
    }

    @Test
    void specialTokens_areTextsOrObjects_andThinkingIsOff() throws IOException {
        Path folder = folder(ModelFolders.BYTE_LEVEL, TokenizerConfig.CONFIG, """
                {"bos_token":{"content":"<s>","lstrip":false},"eos_token":"</s>","pad_token":null,"chat_template":
                 "{{ bos_token }}{{ messages[0].content }}{{ messages[1].content }}{{ eos_token }}{{ enable_thinking }}{{ tools }}{{ add_generation_prompt }}{{ pad_token is defined }}"}""");

        assertThat(open(folder).render(CHAT)).isEqualTo("<s>Be short.How?</s>FalseNoneTrueFalse");
        Files.delete(folder.resolve(TokenizerConfig.CONFIG));
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"bos_token\":\"<b>\"}");
        Files.writeString(folder.resolve(TokenizerConfig.TEMPLATE), "{{ bos_token }}{{ messages | string }}");
        assertThat(open(folder).render(List.of(Message.user("x")))).startsWith("<b>[{");
    }

    @Test
    void systemTextThatIsRefusedOrLeftOut_goesBeforeTheFirstQuestion() throws IOException {
        String refusing = """
                {%- for m in messages -%}
                {%- if m.role == 'system' -%}{{ raise_exception('no') }}{%- endif -%}
                <{{ m.role }}>{{ m.content }}
                {%- endfor -%}""";
        String leavingOut = "{% for m in messages if m.role != 'system' %}<{{ m.role }}>{{ m.content }}{% endfor %}";

        for (String template : List.of(refusing, leavingOut)) {
            assertThat(open(folder(ModelFolders.BYTE_LEVEL, TokenizerConfig.TEMPLATE, template))
                            .render(CHAT))
                    .isEqualTo("<user>Be short.\n\nHow?<assistant>So.<user>Why?");
        }
    }

    @Test
    void withoutATemplate_chatMl_whereTheVocabularyHasItsMarks() throws IOException {
        ChatTemplate template = open(ModelFolders.folder(in, ModelFolders.BYTE_LEVEL));

        assertThat(template.render(CHAT)).isEqualTo("""
                <|im_start|>system
                Be short.<|im_end|>
                <|im_start|>user
                How?<|im_end|>
                <|im_start|>assistant
                So.<|im_end|>
                <|im_start|>user
                Why?<|im_end|>
                <|im_start|>assistant
                """);
        assertThat(template.source()).isEqualTo("default (ChatML)");
        assertThat(template.stops()).containsExactly("<|im_end|>");
    }

    @Test
    void withoutATemplateAndMarks_linesWithNames() throws IOException {
        Path folder = folder(ModelFolders.SENTENCE_PIECE, TokenizerConfig.CONFIG, "{\"bos_token\":\"<s>\"}");
        ChatTemplate template = open(folder);

        assertThat(template.render(CHAT)).isEqualTo("""
                <s>Be short.

                User: How?

                Assistant: So.

                User: Why?

                Assistant:""");
        assertThat(template.stops()).containsExactly("\nUser:");
        assertThat(open(ModelFolders.folder(in, ModelFolders.SENTENCE_PIECE)).render(CHAT))
                .startsWith("Be short.");
    }

    @Test
    void templateThatDoesNotWork_isNamedWithItsFileAndLine() throws IOException {
        Path wrong = folder(ModelFolders.BYTE_LEVEL, TokenizerConfig.TEMPLATE, "a\n{{ 'b' | nosuch }}");
        Path endless = folder(
                ModelFolders.BYTE_LEVEL,
                TokenizerConfig.TEMPLATE,
                "{% for i in range(1000000000) %}{% endfor %}{{ messages }}");
        Path broken = folder(ModelFolders.BYTE_LEVEL, TokenizerConfig.CONFIG, "{\"chat_template\":");

        assertThatThrownBy(() -> open(wrong))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageContainingAll(wrong.toString(), "chat_template.jinja", "line 2", "nosuch")
                .message()
                .hasLineCount(1);
        assertThatThrownBy(() -> open(endless))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageContaining("units of work");
        assertThatThrownBy(() -> open(broken))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageContaining("tokenizer_config.json cannot be read")
                .message()
                .hasLineCount(1);
    }
}
