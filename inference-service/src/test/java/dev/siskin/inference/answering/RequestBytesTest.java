package dev.siskin.inference.answering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.AnswerRequest;
import dev.siskin.inference.shaping.QuestionShaper;
import dev.siskin.inference.shaping.ShapedQuestion;
import org.junit.jupiter.api.Test;

final class RequestBytesTest {
    private static ShapedQuestion question(int topK) {
        return new QuestionShaper(512)
                .shape(new AnswerRequest(
                        "why?", "docs", null, topK, null, null, null, null, 1, null, null, null, null));
    }

    @Test
    void reserve_untilFull_refusesAndFitsAgainAfterwards() {
        var bytes = new RequestBytes(50_000, "SETTING");
        RequestBytes.Share first = bytes.reserve(question(1));
        RequestBytes.Share second = bytes.reserve(question(1));

        assertThatThrownBy(() -> bytes.reserve(question(1)))
                .isInstanceOf(MemoryShortException.class)
                .hasMessageContainingAll("SETTING=50000", "hold " + (first.bytes() + second.bytes()));
        first.close();
        first.close();
        assertThat(bytes.held()).isEqualTo(second.bytes());
        bytes.reserve(question(1)).close();
        second.close();

        assertThat(bytes.held()).isZero();
    }

    @Test
    void reserve_moreThanAll_neverFits() {
        assertThatThrownBy(() -> new RequestBytes(50_000, "SETTING").reserve(question(50)))
                .isInstanceOf(NeverFitsException.class)
                .hasMessageContainingAll("SETTING=50000", "top_k");
    }
}
