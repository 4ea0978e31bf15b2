package dev.siskin.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.siskin.api.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a generator needs of a tokenizer, on a byte-level BPE of one token a byte, a few merges and two added tokens. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class GeneratorTokensTest {
    private static final int END = 300;
    private static final int THINK = 301;

    @TempDir
    private static Path folder;

    private Path file;
    private Tokenizer tokenizer;

    @BeforeAll
    void open() throws IOException {
        file = Files.writeString(folder.resolve("tokenizer.json"), json());
        tokenizer = Tokenizer.open(file);
    }

    @AfterAll
    void close() {
        tokenizer.close();
    }

    private static String json() throws IOException {
        ObjectNode root = (ObjectNode) Json.MAPPER.readTree("""
                {"version":"1.0","truncation":{"direction":"Right","max_length":4,"strategy":"LongestFirst","stride":0},
                 "padding":null,"normalizer":null,"post_processor":null,
                 "added_tokens":[
                  {"id":300,"content":"<|end|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,
                   "special":true},
                  {"id":301,"content":"<think>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,
                   "special":false}],
                 "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
                 "decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
                 "model":{"type":"BPE","merges":["h e","he l","hel l"],"vocab":{}}}
                """);
        ObjectNode vocabulary = (ObjectNode) root.at("/model/vocab");
        int shifted = 256;
        for (int b = 0; b < 256; b++) {
            boolean shown = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
            vocabulary.put(Character.toString(shown ? b : shifted++), b);
        }
        vocabulary
                .put("he", 256)
                .put("hel", 257)
                .put("hell", 258)
                .put("<|end|>", END)
                .put("<think>", THINK);
        return root.toString();
    }

    @Test
    void specialsWrittenInAText_becomeTheirIds_andNothingIsAdded() {
        assertThat(tokenizer.encodeWithSpecials("hello<|end|>\n<think>")).containsExactly(258, 'o', END, '\n', THINK);
        assertThat(tokenizer.encodeWithSpecials("")).isEmpty();
    }

    @Test
    void texts_comeBackAsTheyWere() {
        for (String text : new String[] {"hello  world\n", " \uD83D\uDC26 bird 東京 é\u0301\u0000", "<|end|>"}) {
            assertThat(tokenizer.decode(tokenizer.encodeWithSpecials(text), false))
                    .isEqualTo(text);
        }
    }

    @Test
    void decode_leavesSpecialTokensOut_andMarksHalfCharacters() {
        assertThat(tokenizer.decode(new int[] {258, 'o', END, THINK}, true)).isEqualTo("hello<think>");
        assertThat(tokenizer.decode(new int[] {0xF0, 0x9F, 0x90}, false)).isEqualTo("\uFFFD");
        assertThat(tokenizer.decode(new int[0], false)).isEmpty();
    }

    @Test
    void idOf_namesOneTokenOrNone() {
        assertThat(tokenizer.idOf("<|end|>")).isEqualTo(OptionalInt.of(END));
        assertThat(tokenizer.idOf("hell")).isEqualTo(OptionalInt.of(258));
        assertThat(tokenizer.idOf("hello")).isEmpty();
        assertThat(tokenizer.idOf("<|start|>")).isEmpty();
    }

    @Test
    void longText_isEncodedWhole() {
        // Neither word has white space inside, where windows would be cut: a cut in a word changes what is merged.
        String run = "hell".repeat(Tokenizer.WINDOW) + "  " + "\uD83D\uDC26".repeat(Tokenizer.WINDOW);
        int[] expected = IntStream.concat(
                        IntStream.concat(IntStream.range(0, Tokenizer.WINDOW).map(i -> 258), IntStream.of(' ', ' ')),
                        IntStream.range(0, Tokenizer.WINDOW).flatMap(i -> IntStream.of(0xF0, 0x9F, 0x90, 0xA6)))
                .toArray();

        assertThat(tokenizer.encodeWithSpecials(run)).isEqualTo(expected);
    }

    @Test
    void windows_giveWhatTheWholeGives_whereTheCutIsAtWhiteSpace() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        var text = new StringBuilder();
        while (text.length() < 3 * Tokenizer.WINDOW) {
            text.append(random.nextBoolean() ? "hello" : "\uD83D\uDC26he").append(random.nextBoolean() ? " " : "\n");
        }
        assertThat(tokenizer.countTokens(text.toString()))
                .as("seed %d", seed)
                .isEqualTo(tokenizer.encodeWithSpecials(text.toString()).length);
    }

    @Test
    void textBeyondTheLimit_isRefused() {
        assertThatThrownBy(() -> tokenizer.encodeWithSpecials("a".repeat(Tokenizer.LONGEST_PROMPT + 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 1048576")
                .hasMessageContaining("length=1048577");
    }

    @Test
    void addedTokens_areReadWithTheirKind() {
        assertThat(AddedTokens.read(file).tokens())
                .containsExactly(
                        new AddedTokens.Token(END, "<|end|>", true), new AddedTokens.Token(THINK, "<think>", false));
    }

    @Test
    void brokenFiles_areNamed() throws IOException {
        Path broken = Files.writeString(folder.resolve("broken.json"), "{\"added_tokens\":[{\"id\":\"x\"");
        Path list = Files.writeString(folder.resolve("list.json"), "[]");

        assertThatThrownBy(() -> AddedTokens.read(broken))
                .isInstanceOf(ModelDirectoryException.class)
                .hasMessageContaining("broken.json cannot be read");
        assertThatThrownBy(() -> AddedTokens.read(list))
                .isInstanceOf(ModelDirectoryException.class)
                .hasMessageContaining("list.json is not a tokenizer");
        assertThatThrownBy(() -> Tokenizer.open(broken))
                .isInstanceOf(ModelDirectoryException.class)
                .hasMessageContaining("broken.json is not a tokenizer");
    }
}
