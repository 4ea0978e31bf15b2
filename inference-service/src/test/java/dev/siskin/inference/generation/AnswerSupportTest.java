package dev.siskin.inference.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

final class AnswerSupportTest {
    private static final String QUESTION = "queue depth limit";

    private final AnswerSupport support = new AnswerSupport(new AnswerSupport.Bounds(0, 0.9), 0.36);

    private static List<Evidence> hit(OptionalDouble cosine, double share) {
        return List.of(new Evidence("A sentence.", cosine, 1, List.of(new Evidence.Sentence(0, 11, share))));
    }

    private boolean enough(String model, double cosine) {
        return support.weigh(QUESTION, Optional.of(model), hit(OptionalDouble.of(cosine), 0.4))
                .enough();
    }

    @Test
    void weigh_modelOfTheCollection_choosesTheBound() {
        // the same hit: 0.6 is near for MiniLM, far for BGE, and 0.8 near for both
        assertThat(enough("all-minilm-l6-v2", 0.6)).isTrue();
        assertThat(enough("bge-small-en-v1.5", 0.6)).isFalse();
        assertThat(enough("bge-small-en-v1.5", 0.8)).isTrue();
    }

    @Test
    void weigh_modelThatNobodyFitted_takesTheConfiguredBound() {
        assertThat(enough("my-model", 0.8)).isFalse();
        assertThat(enough("my-model", 0.9)).isTrue();
        assertThat(support.weigh(QUESTION, Optional.empty(), hit(OptionalDouble.of(0.8), 0.4))
                        .enough())
                .isFalse();
    }

    @Test
    void weigh_noCosine_asksTheShareAlone() {
        assertThat(support.weigh(QUESTION, Optional.empty(), hit(OptionalDouble.empty(), 0.6))
                        .enough())
                .isTrue();
        assertThat(support.weigh(QUESTION, Optional.empty(), hit(OptionalDouble.empty(), 0.4))
                        .enough())
                .isFalse();
    }
}
