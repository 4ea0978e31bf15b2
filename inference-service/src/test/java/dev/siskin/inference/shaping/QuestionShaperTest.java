package dev.siskin.inference.shaping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.AnswerRequest;
import dev.siskin.api.Turn;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class QuestionShaperTest {
    private final QuestionShaper shaper = new QuestionShaper(64);

    private static AnswerRequest withHistory(String question, List<Turn> history) {
        return new AnswerRequest(
                question, "docs", history, null, null, null, null, null, null, null, null, null, null, null, null);
    }

    @Test
    void shape_everythingByDefault_fillsTheContractsDefaults() {
        ShapedQuestion shaped = shaper.shape(AnswerRequest.of("why?", "docs"));

        assertThat(shaped.topK()).isEqualTo(6);
        assertThat(shaped.parameters().maxTokens()).isEqualTo(256);
        assertThat(shaped.deadline()).hasSeconds(30);
        assertThat(shaped.allowDegraded()).isTrue();
        assertThat(shaped.truncated()).isFalse();
    }

    @Test
    void shape_strangeUnicode_isNormalised() {
        String decomposed = "  cafe\u0301\u200b\t\n au\u0007 lait \uD800 ";

        assertThat(shaper.shape(AnswerRequest.of(decomposed, "docs")).question())
                .isEqualTo("caf\u00e9 au lait \uFFFD");
    }

    @Test
    void shape_overTokenCap_cutsAtAWordAndSaysSo() {
        ShapedQuestion shaped = shaper.shape(AnswerRequest.of("word ".repeat(500), "docs"));

        assertThat(shaped.truncated()).isTrue();
        assertThat(TokenEstimate.of(shaped.question())).isEqualTo(64);
        assertThat(shaped.question()).endsWith("word");
        assertThat(shaped.tokensBefore()).isEqualTo(500);
    }

    @Test
    void shape_oneEndlessWord_isCutBetweenCharacters() {
        ShapedQuestion shaped = shaper.shape(AnswerRequest.of("\uD83D\uDE00".repeat(1000) + "a", "docs"));

        assertThat(TokenEstimate.of(shaped.question())).isBetween(1, 64);
        assertThat(shaped.question()).matches("(\uD83D\uDE00)+");
    }

    @Test
    void shape_questionThatStandsAlone_dropsTheHistory() {
        var history = List.of(new Turn(Turn.Role.USER, "What is Lucene?"), new Turn(Turn.Role.ASSISTANT, "A library."));

        ShapedQuestion shaped = shaper.shape(withHistory("How large is the cache of answers?", history));

        assertThat(shaped.question()).isEqualTo("How large is the cache of answers?");
        assertThat(shaped.history()).isEqualTo(new ShapedQuestion.History(2, 0));
    }

    @Test
    void shape_tooManyTurns_namesTheCap() {
        var history = Collections.nCopies(201, new Turn(Turn.Role.USER, "again"));

        assertThatThrownBy(() -> shaper.shape(withHistory("why?", history)))
                .isInstanceOf(InvalidQuestionException.class)
                .hasMessageContaining("at most 200 turns, got 201");
    }

    @Test
    void estimate_scriptsWithoutSpaces_countCharacters() {
        assertThat(TokenEstimate.of("検索サービス")).isEqualTo(6);
        assertThat(TokenEstimate.of(" \n ")).isZero();
        assertThat(TokenEstimate.of("a b c")).isEqualTo(3);
        assertThat(TokenEstimate.of("internationalisation")).isEqualTo(5);
    }
}
