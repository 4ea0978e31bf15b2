package dev.siskin.retrieval.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.retrieval.collection.RetrievalException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class AnswerBudgetTest {
    private static final long MIB = 1 << 20;

    /** Of so many bytes of text. */
    private static final long HALF = MIB / 2 / Character.BYTES;

    private final AnswerBudget budget = new AnswerBudget(MIB);

    private static void assertRefused(ThrowingCallable more, RetrievalException.Kind kind) {
        assertThatThrownBy(more)
                .isInstanceOfSatisfying(
                        RetrievalException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(kind));
    }

    @Test
    void answer_largerThanTheBudget_isImpossible() {
        try (AnswerBudget.Answer answer = budget.begin()) {
            answer.accept(HALF);
            answer.accept(HALF);
            assertRefused(() -> answer.accept(1), RetrievalException.Kind.IMPOSSIBLE);
        }
    }

    @Test
    void answers_thatFillTheBudget_holdUpLargeOnesUntilTheyAreSent() {
        try (AnswerBudget.Answer small = budget.begin()) {
            AnswerBudget.Answer first = budget.begin();
            first.accept(HALF + 1);
            AnswerBudget.Answer second = budget.begin();
            assertRefused(() -> second.accept(2 * HALF), RetrievalException.Kind.UNAVAILABLE);
            small.accept(1_000);
            first.close();
            second.close();
            for (int i = 0; i < 3; i++) {
                try (AnswerBudget.Answer next = budget.begin()) {
                    next.accept(2 * HALF);
                }
            }
        }
    }
}
