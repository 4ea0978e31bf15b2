package dev.siskin.inference.answering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.AnswerResponse.Route;
import dev.siskin.api.SearchResponse;
import dev.siskin.api.Tier;
import dev.siskin.inference.cache.MadeAnswer;
import dev.siskin.inference.citing.CitedSentence;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class HeardSoFarTest {
    private final List<String> told = new ArrayList<>();
    private final HeardSoFar heard = new HeardSoFar(new AnswerListener() {
        @Override
        public void found(SearchResponse found) {
            told.add("found");
        }

        @Override
        public void sentence(CitedSentence sentence) {
            told.add(sentence.text());
        }
    });

    private static CitedSentence sentence(String text) {
        return new CitedSentence(text, List.of());
    }

    private static MadeAnswer answer(String... sentences) {
        return new MadeAnswer(
                Stream.of(sentences).map(HeardSoFarTest::sentence).toList(),
                "",
                new Route(Tier.LARGE, "m", "r", null),
                new MadeAnswer.Read(1, 1, 1, 1, 1, false),
                true,
                42,
                List.of());
    }

    private static SearchResponse nothing() {
        return new SearchResponse(List.of(), 1, null, null, new SearchResponse.Timings(0, 0, 0));
    }

    @Test
    void answerThatWasHeardInPart_isToldToItsEndOnce() {
        heard.found(nothing());
        heard.sentence(sentence("One."));

        heard.catchUp(answer("One.", "Two."), () -> Optional.of(nothing()));

        assertThat(told).containsExactly("found", "One.", "Two.");
    }

    @Test
    void anotherAnswerAfterASentence_isBrokenOff() {
        heard.sentence(sentence("One."));

        assertThatThrownBy(() -> heard.catchUp(answer("Uno.", "Due."), Optional::empty))
                .isInstanceOfSatisfying(
                        BrokenOffException.class,
                        broken -> assertThat(broken.sentences()).containsExactly(sentence("One.")));
        assertThat(told).containsExactly("One.");
    }

    @Test
    void makingThatGoesOnAfterAnotherAnswer_isNotHeard() {
        heard.catchUp(answer("Uno."), Optional::empty);

        heard.found(nothing());
        heard.sentence(sentence("One."));

        assertThat(told).containsExactly("Uno.");
    }
}
