package dev.siskin.inference.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuestionTraitsTest {
    private static QuestionTraits of(String... questions) {
        return QuestionTraits.of(List.of(questions));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Who wrote the first parser?",
                "When does the licence end?",
                "In what city is the office?",
                "How many jobs may wait?",
                "What is the maximum size of a body?"
            })
    void factsAreLookups(String question) {
        assertThat(of(question).lookup()).isTrue();
        assertThat(of(question).parts()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "What is the difference between int4 and int8?",
                "Compare the two queues.",
                "Is RRF better than convex fusion?",
                "HNSW vs IVF",
                "How does premium differ from standard?"
            })
    void comparisonsAreTold(String question) {
        assertThat(of(question).comparison()).isTrue();
        assertThat(of(question).lookup()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Why is the arena on?", "Explain the ladder.", "For what reason was it refused?"})
    void reasonsAndExplanationsAreTold(String question) {
        assertThat(of(question).reason()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Who wrote it and when was it published?",
                "Who wrote it? When?",
                "What is the limit, and how is it raised?"
            })
    void questionsInOneAreCounted(String question) {
        assertThat(of(question).parts()).isEqualTo(2);
        assertThat(of(question).lookup()).isFalse();
    }

    @Test
    void ordinaryQuestionIsNothingOfAll() {
        assertThat(of("How is the queue bounded?")).isEqualTo(new QuestionTraits(false, false, false, 1, 6));
    }

    @Test
    void conversationKeepsWhatItWas() {
        assertThat(of("Compare int4 and int8.", "And when was it added?").comparison())
                .isTrue();
        assertThat(of("Why is it so?", "Who wrote it?").lookup()).isFalse();
        assertThat(of("Who wrote it?", "And when was it?").lookup()).isTrue();
    }

    @Test
    void longQuestionsAreNoLookups() {
        assertThat(of("When " + "was the very long matter of the queue decided ".repeat(6) + "?")
                        .lookup())
                .isFalse();
    }
}
