package dev.siskin.retrieval.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SentenceSplitterTest {
    private static List<String> split(String text) {
        return new SentenceSplitter()
                .split(text).stream().map(span -> span.in(text)).toList();
    }

    @Test
    void split_ofPlainSentences_cutsAtTheirEnds() {
        assertThat(split("The queue is bounded. It holds 64 entries! Is that enough? Yes."))
                .containsExactly("The queue is bounded.", "It holds 64 entries!", "Is that enough?", "Yes.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Dr. J. Smith of the U.S. Navy wrote it.",
                "Version 1.2.3 came out, e.g. on Fig. 3 of it.",
                "It cost $4.50 at 3.5 percent."
            })
    void split_atAbbreviationsAndNumbers_doesNotCut(String sentence) {
        assertThat(split(sentence)).containsExactly(sentence);
    }

    @Test
    void split_ofListItemsAndHeadings_takesEachLine() {
        assertThat(split("# Limits\n- one thing\n- another thing"))
                .containsExactly("# Limits", "- one thing", "- another thing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "   ", "...", "\n\n"})
    void split_ofNoWords_isEmpty(String text) {
        assertThat(split(text)).isEmpty();
    }

    @Test
    void split_ofAnEndlessSentence_cutsItInPiecesWithoutOverlap() {
        String text = "word ".repeat(1000);
        List<SentenceSplitter.Span> spans = new SentenceSplitter().split(text);
        assertThat(spans).hasSizeGreaterThan(5);
        int last = 0;
        for (SentenceSplitter.Span span : spans) {
            assertThat(span.start()).isGreaterThanOrEqualTo(last);
            assertThat(span.end() - span.start()).isLessThanOrEqualTo(SentenceSplitter.LONGEST);
            last = span.end();
        }
    }

    @Test
    void split_atAReferenceOrBracket_cutsBehindShortReferencesOnly() {
        assertThat(split("It is so.[note 1] More follows.[12]Then this."))
                .containsExactly("It is so.[note 1]", "More follows.[12]", "Then this.");
        assertThat(split("It is so.[a remark that is long] No cut."))
                .containsExactly("It is so.[a remark that is long] No cut.");
    }

    @Test
    void split_insideACodeSpan_cutsOnlyOnceTheSpanIsClosed() {
        assertThat(split("Run `a. B` now. Then stop.\nAn open `tick. Here it stays\nand a new line. It cuts."))
                .containsExactly(
                        "Run `a. B` now.", "Then stop.", "An open `tick. Here it stays\nand a new line.", "It cuts.");
    }

    @Test
    void split_atANumberedItem_keepsTheNumberAtTheBeginningOfALineOnly() {
        assertThat(split("  1. First of all. It was 12. Then more."))
                .containsExactly("1. First of all.", "It was 12.", "Then more.");
    }

    /** Each would take minutes if a rule looked back to the line's beginning, or ahead to the text's end. */
    @ParameterizedTest
    @ValueSource(strings = {"a.[", "An `a`. ", "Go 1. ", "a.] ", "a.]B", "a\n\n", "\n   ", "abcdefg", "`x. "})
    void split_ofAHugeText_readsEachPlaceAFewTimes(String unit) {
        String text = unit.repeat(3_000_000 / unit.length());
        List<SentenceSplitter.Span> spans = new SentenceSplitter().split(text);
        int covered = spans.stream().mapToInt(span -> span.end() - span.start()).sum();
        assertThat(covered).isLessThanOrEqualTo(text.length());
        assertThat(spans.isEmpty()).isEqualTo(text.chars().noneMatch(Character::isLetterOrDigit));
    }
}
