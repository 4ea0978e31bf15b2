package dev.siskin.inference.generation.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.runtime.AddedTokens;
import dev.siskin.runtime.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers token by token, with tokenizers of both families. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class TokenTextTest {
    @TempDir
    private static Path folder;

    private final Map<String, Tokenizer> tokenizers = new HashMap<>();
    private final Map<String, SpecialTokens> specialTokens = new HashMap<>();

    @BeforeAll
    void open() throws IOException {
        for (String name : List.of(ModelFolders.BYTE_LEVEL, ModelFolders.SENTENCE_PIECE)) {
            Path file = ModelFolders.folder(folder, name).resolve("tokenizer.json");
            var tokenizer = Tokenizer.open(file);
            tokenizers.put(name, tokenizer);
            specialTokens.put(name, new SpecialTokens(tokenizer, AddedTokens.read(file)));
        }
    }

    @AfterAll
    void close() {
        tokenizers.values().forEach(Tokenizer::close);
    }

    private Tokenizer tokenizer(String name) {
        return Objects.requireNonNull(tokenizers.get(name));
    }

    private TokenText text(String tokenizer, String... stops) {
        return new TokenText(
                tokenizer(tokenizer), Objects.requireNonNull(specialTokens.get(tokenizer)), List.of(stops));
    }

    private int[] ids(String tokenizer, String text) {
        return tokenizer(tokenizer).encodeWithSpecials(text);
    }

    /** What each token gives, and the end. */
    private static List<String> pieces(TokenText text, int... ids) {
        List<String> pieces = new ArrayList<>();
        for (int id : ids) {
            pieces.add(text.add(id));
        }
        pieces.add(text.finish());
        return pieces;
    }

    @ParameterizedTest
    @ValueSource(strings = {ModelFolders.BYTE_LEVEL, ModelFolders.SENTENCE_PIECE})
    void pieces_makeTheText_andNoneHasHalfACharacter(String tokenizer) {
        String text =
                "The  queue holds\n\t64 \uD83D\uDC26\uD83C\uDF32 birds, 東京 é \uD83D\uDC68\u200D\uD83D\uDC67. नमस्ते ";

        List<String> pieces = pieces(text(tokenizer), ids(tokenizer, text));

        assertThat(String.join("", pieces)).isEqualTo(text);
        assertThat(pieces).allSatisfy(piece -> {
            assertThat(piece).doesNotContain("\uFFFD");
            assertThat(piece.isEmpty() || !Character.isLowSurrogate(piece.charAt(0)))
                    .isTrue();
        });
        assertThat(pieces).as("given as it comes").hasSizeGreaterThan(30).last().isEqualTo("");
    }

    @ParameterizedTest
    @ValueSource(strings = {ModelFolders.BYTE_LEVEL, ModelFolders.SENTENCE_PIECE})
    void pieces_ofRandomTexts_makeTheText(String tokenizer) {
        long seed = System.nanoTime();
        var random = new Random(seed);
        String letters = "ab \n.é東\uD83D\uDC26\u200D[]<|>";
        for (int round = 0; round < 200; round++) {
            var text = new StringBuilder();
            for (int i = 0; i < 40; i++) {
                text.appendCodePoint(letters.codePointAt(
                        letters.offsetByCodePoints(0, random.nextInt(letters.codePointCount(0, letters.length())))));
            }
            List<String> pieces = pieces(text(tokenizer), ids(tokenizer, text.toString()));
            assertThat(String.join("", pieces))
                    .as("seed %d", seed)
                    .isEqualTo(Normalizer.normalize(text, Normalizer.Form.NFC));
        }
    }

    @Test
    void pieces_ofRandomTokens_areWhatAllOfThemDecodeTo_butForBytesThatMakeNothing() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            int[] ids = random.ints(60, 3, 600).toArray();
            String all = tokenizer(ModelFolders.BYTE_LEVEL).decode(ids, true);
            String given = String.join("", pieces(text(ModelFolders.BYTE_LEVEL), ids));
            assertThat(given.replace("\uFFFD", "")).as("seed %d", seed).isEqualTo(all.replace("\uFFFD", ""));
        }
    }

    @Test
    void character_comesOnceItsLastByteDoes() {
        int[] bird = ids(ModelFolders.BYTE_LEVEL, "\uD83D\uDC26");

        assertThat(bird).hasSize(4);
        assertThat(pieces(text(ModelFolders.BYTE_LEVEL), bird)).containsExactly("", "", "", "\uD83D\uDC26", "");
        assertThat(pieces(text(ModelFolders.BYTE_LEVEL), bird[0], bird[1])).containsExactly("", "", "");
    }

    @Test
    void bytesThatMakeNoCharacter_areGivenAsSuch_whenTextFollowsOrTheyGoOn() {
        int first = ids(ModelFolders.BYTE_LEVEL, "\uD83D\uDC26")[0];
        int letter = ids(ModelFolders.BYTE_LEVEL, "a")[0];
        int[] many = new int[3 * TokenText.LONGEST_WAIT];
        Arrays.fill(many, first);

        assertThat(pieces(text(ModelFolders.BYTE_LEVEL), first, letter)).containsExactly("", "\uFFFDa", "");
        assertThat(String.join("", pieces(text(ModelFolders.BYTE_LEVEL), many)))
                .as("all but those at the end, of which a character might still have come")
                .isEqualTo("\uFFFD".repeat(2 * (TokenText.LONGEST_WAIT + 1)));
    }

    @Test
    void spacesBetweenWords_stay_whereTheTokenizerDropsTheFirst() {
        List<String> pieces = pieces(text(ModelFolders.SENTENCE_PIECE), ids(ModelFolders.SENTENCE_PIECE, "a  b c"));

        assertThat(String.join("", pieces)).isEqualTo("a  b c");
    }

    @ParameterizedTest
    @ValueSource(strings = {ModelFolders.BYTE_LEVEL, ModelFolders.SENTENCE_PIECE})
    void stopText_endsTheAnswer_overTokens(String tokenizer) {
        TokenText text = text(tokenizer, "\nUser:", "###");

        List<String> pieces = pieces(text, ids(tokenizer, "The queue holds 64.\nUse it. ##\nUser: and more"));

        assertThat(String.join("", pieces)).isEqualTo("The queue holds 64.\nUse it. ##");
        assertThat(text.isStopped()).isTrue();
        assertThat(text.add(ids(tokenizer, "x")[0])).isEmpty();
    }

    @Test
    void beginningOfAStopText_isHeld_andGivenWhereItIsNone() {
        TokenText text = text(ModelFolders.BYTE_LEVEL, "STOP");
        int[] ids = ids(ModelFolders.BYTE_LEVEL, "xST");

        assertThat(String.join("", pieces(text(ModelFolders.BYTE_LEVEL, "STOP"), ids)))
                .isEqualTo("xST");
        var before = new StringBuilder();
        for (int id : ids) {
            before.append(text.add(id));
        }
        assertThat(before.toString()).isEqualTo("x");
        assertThat(text.add(ids(ModelFolders.BYTE_LEVEL, "Y")[0])).isEqualTo("STY");
        assertThat(text.isStopped()).isFalse();
    }

    @Test
    void firstOfSeveralStopTexts_counts() {
        List<String> pieces = pieces(text(ModelFolders.BYTE_LEVEL, "c", "b"), ids(ModelFolders.BYTE_LEVEL, "a b c"));

        assertThat(String.join("", pieces)).isEqualTo("a ");
    }

    @Test
    void specialTokens_haveNoText_andMayStop() {
        int[] ids = ids(ModelFolders.BYTE_LEVEL, "a<|im_start|>b<|im_end|>c");

        assertThat(String.join("", pieces(text(ModelFolders.BYTE_LEVEL), ids))).isEqualTo("abc");
        TokenText stopping = text(ModelFolders.BYTE_LEVEL, ChatTemplate.END_OF_TURN);
        assertThat(String.join("", pieces(stopping, ids))).isEqualTo("ab");
        assertThat(stopping.isStopped()).isTrue();
    }

    @Test
    void marksThatTheFolderCallsPlain_areText() {
        assertThat(String.join("", pieces(text(ModelFolders.BYTE_LEVEL), ids(ModelFolders.BYTE_LEVEL, "<think>a"))))
                .isEqualTo("<think>a");
    }
}
