package dev.siskin.inference.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Turn;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class CondenserTest {
    private static final String LIST = """
            The queue refuses for one of these reasons:
            1. The depth of the queue is reached.
            2. The tokens that wait exceed their cap.
            3) The bytes that wait exceed theirs.
            """;

    /** Turns of user and assistant by turns. */
    private static List<Turn> history(String... texts) {
        List<Turn> turns = new ArrayList<>();
        for (String text : texts) {
            turns.add(new Turn(turns.size() % 2 == 0 ? Turn.Role.USER : Turn.Role.ASSISTANT, text));
        }
        return turns;
    }

    private static Condenser.Condensed condense(String question, String... texts) {
        return Condenser.condense(question, history(texts), text -> TokenEstimate.of(text) <= 64);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                and the second one? | The tokens that wait exceed their cap.
                What about the last? | The bytes that wait exceed theirs.
                Tell me more about number 1 | The depth of the queue is reached.
                how does the latter work? | The bytes that wait exceed theirs.
                """)
    void placeInAList_comesWithItsItem(String question, String item) {
        Condenser.Condensed condensed = condense(question, "Why does a queue refuse?", LIST);

        assertThat(condensed.question()).isEqualTo("Why does a queue refuse? " + item + " " + question);
        assertThat(condensed.turnsUsed()).isEqualTo(2);
    }

    @Test
    void placeAmongCitedSentences_isTheSentence() {
        assertThat(condense("and the second?", "How is it fast?", "It caches answers. [1] It batches requests. [2]")
                        .question())
                .isEqualTo("How is it fast? It batches requests. and the second?");
    }

    @Test
    void placeInARowOfWords_isTheWord() {
        assertThat(condense("What is the second one?", "Which modes are there?", "Modes: hybrid, vector and keyword.")
                        .question())
                .isEqualTo("Which modes are there? vector What is the second one?");
    }

    @Test
    void placeBeyondTheList_asksBehindTheTopicAlone() {
        Condenser.Condensed condensed = condense("and the ninth one?", "Why does a queue refuse?", LIST);

        assertThat(condensed.question()).isEqualTo("Why does a queue refuse? and the ninth one?");
        assertThat(condensed.turnsUsed()).isEqualTo(1);
    }

    @Test
    void chainOfFollowUps_leadsToTheQuestionThatStandsAlone() {
        assertThat(condense(
                                "And its memory?",
                                "What is an HNSW graph in Lucene?",
                                "A graph.",
                                "How is it stored?",
                                "On disk.")
                        .question())
                .isEqualTo("What is an HNSW graph in Lucene? And its memory?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"why?", "What about keyword search?", "How is it bounded?", "And then?", "tell me more"})
    void followUp_isAskedBehindItsTopic(String question) {
        assertThat(condense(question, "What is the queue?", "A list.").question())
                .isEqualTo("What is the queue? " + question);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "How large is the cache of answers?",
                "What was new in the first release of Lucene?",
                "Which setting bounds the number of requests that wait in the queue of a tier?"
            })
    void questionThatStandsAlone_staysAsItIs(String question) {
        assertThat(condense(question, "What is the queue?", LIST)).isEqualTo(new Condenser.Condensed(question, 0));
    }

    @Test
    void noHistory_staysAsItIs() {
        assertThat(condense("and the second one?").turnsUsed()).isZero();
    }

    @Test
    void topicTooLong_isLeftOutBeforeTheItem() {
        String topic = "word ".repeat(70) + "?";

        assertThat(condense("and the second one?", topic, LIST).question())
                .isEqualTo("The tokens that wait exceed their cap. and the second one?");
        assertThat(condense("and why?", topic, "Because.").question()).isEqualTo("and why?");
        assertThat(condense("and why?", topic + " How is it bounded?", "So.").question())
                .isEqualTo("How is it bounded? and why?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a ", "\n", "a, ", "[1", "- a ", "1. \n", "a and "})
    void longAnswersOfOnePiece_areReadInNoTime(String piece) {
        Condenser.Condensed condensed =
                condense("and the second one?", "Which?", piece.repeat(1_000_000 / piece.length()));

        assertThat(condensed.question()).endsWith("and the second one?");
    }
}
