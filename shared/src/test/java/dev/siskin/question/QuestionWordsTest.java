package dev.siskin.question;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuestionWordsTest {
    @Test
    void without_wordsThatOnlyAsk_keepsTheSubject() {
        assertThat(QuestionWords.without("What happens when the queue is full?"))
                .isEqualTo("the queue full?");
        assertThat(QuestionWords.without("Please, tell me about BM25")).isEqualTo("BM25");
    }

    @Test
    void without_nothingElse_keepsTheQuestion() {
        assertThat(QuestionWords.without("What is it?")).isEqualTo("it?");
        assertThat(QuestionWords.without("Who are you?")).isEqualTo("Who are you?");
    }

    @Test
    void isOne_caseAndPunctuation_doNotMatter() {
        assertThat(QuestionWords.isOne("“What’s")).isTrue();
        assertThat(QuestionWords.isOne("WHERE,")).isTrue();
        assertThat(QuestionWords.isOne("queue")).isFalse();
    }

    @Test
    void isOne_acronym_isASubject() {
        assertThat(QuestionWords.isOne("US")).isFalse();
        assertThat(QuestionWords.isOne("us")).isTrue();
    }

    @Test
    void count_wordsOfTheSubject_isAtLeastOne() {
        assertThat(QuestionWords.count("What happens when the queue is full?")).isEqualTo(2);
        assertThat(QuestionWords.count("Who are you?")).isEqualTo(1);
        assertThat(QuestionWords.count("the")).isEqualTo(1);
        assertThat(QuestionWords.isLittle("the")).isTrue();
    }
}
