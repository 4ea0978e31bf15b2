package dev.siskin.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class TokenizerTest {
    private Tokenizer tokenizer;

    @BeforeAll
    void open() {
        // MiniLM's file asks for truncation and padding to 128 tokens: both must be off.
        tokenizer = Tokenizer.open(Path.of(System.getProperty("siskin.models"), "all-minilm-l6-v2", "tokenizer.json"));
    }

    @AfterAll
    void close() {
        tokenizer.close();
    }

    @Test
    void encode_addsSpecialTokensAndNoPadding() {
        assertThat(tokenizer.encode("Hello world", 256).ids()).containsExactly(101, 7592, 2088, 102);
        assertThat(tokenizer.encode("hello hello hello hello", 5).ids()).containsExactly(101, 7592, 7592, 7592, 102);
    }

    @Test
    void spans_sliceTheTextByUtf16Units() {
        assertThat(slices("Hello, wörld")).containsExactly("Hello", ",", "wörld");
        assertThat(slices("\uD83D\uDC26 bird \uD83D\uDC26\uD83C\uDF32 tree 東京 café"))
                .containsExactly("\uD83D\uDC26", "bird", "\uD83D\uDC26\uD83C\uDF32", "tree", "東", "京", "café");
        assertThat(slices("unbelievably"))
                .hasSizeGreaterThan(1)
                .satisfies(parts -> assertThat(String.join("", parts)).isEqualTo("unbelievably"));
        assertThat(slices("cafe\u0301 x")).last().isEqualTo("x");
        assertThat(slices("a\u0000b \uD83D c \uDC26")).contains("c");
        assertThat(slices("")).isEmpty();
        assertThat(slices(" \n ")).isEmpty();
    }

    @Test
    void spans_ofALongTextAreThoseOfItsParts() {
        String part = "Größe \uD83D\uDC26 東京: naïve unbelievable words, 12.5 %!\n";
        int parts = 4 * Tokenizer.WINDOW / part.length();
        TokenSpans one = tokenizer.tokenSpans(part);

        TokenSpans all = tokenizer.tokenSpans(part.repeat(parts));

        assertThat(all.size()).isEqualTo(parts * one.size());
        for (int i = 0; i < all.size(); i++) {
            int offset = i / one.size() * part.length();
            assertThat(all.start(i)).isEqualTo(offset + one.start(i % one.size()));
            assertThat(all.end(i)).isEqualTo(offset + one.end(i % one.size()));
        }
        assertThat(tokenizer.countTokens(part.repeat(parts))).isEqualTo(all.size());
    }

    @Test
    void spans_ofATextWithoutSpacesAreInOrderAndWhole() {
        String text = "\uD83D\uDC26東".repeat(Tokenizer.WINDOW);

        TokenSpans spans = tokenizer.tokenSpans(text);

        assertThat(spans.size()).isGreaterThan(Tokenizer.WINDOW);
        int last = 0;
        for (int i = 0; i < spans.size(); i++) {
            assertThat(spans.start(i)).isGreaterThanOrEqualTo(last);
            assertThat(Character.isLowSurrogate(text.charAt(spans.start(i)))).isFalse();
            last = spans.end(i);
        }
        assertThat(last).isEqualTo(text.length());
    }

    @Test
    void spans_ofRandomTextsStayInTheTextAndMatchTheCount() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String letters = "ab \n.é\u0301\u0000東\uD83D\uDC26\uDC00\uFFFD\u200D[]";
        for (int round = 0; round < 300; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(200); i > 0; i--) {
                text.append(letters.charAt(random.nextInt(letters.length())));
            }
            TokenSpans spans = tokenizer.tokenSpans(text.toString());
            assertThat(spans.size()).as("seed %d", seed).isEqualTo(tokenizer.countTokens(text.toString()));
            for (int i = 0; i < spans.size(); i++) {
                assertThat(spans.start(i)).as("seed %d", seed).isBetween(0, spans.end(i));
                assertThat(spans.end(i)).as("seed %d", seed).isLessThanOrEqualTo(text.length());
            }
        }
    }

    @Test
    void spans_nameAnIndexOutOfRange() {
        TokenSpans spans = tokenizer.tokenSpans("one two");

        assertThatThrownBy(() -> spans.start(2))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("from 0 to 1: i=2");
    }

    private List<String> slices(String text) {
        TokenSpans spans = tokenizer.tokenSpans(text);
        return IntStream.range(0, spans.size())
                .mapToObj(i -> text.substring(spans.start(i), spans.end(i)))
                .toList();
    }
}
