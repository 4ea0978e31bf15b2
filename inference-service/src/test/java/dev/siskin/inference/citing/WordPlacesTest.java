package dev.siskin.inference.citing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.inference.citing.WordPlaces.Found;
import dev.siskin.inference.citing.WordPlaces.Match;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class WordPlacesTest {
    private final WordPlaces places = new WordPlaces();

    WordPlacesTest() {
        places.addPassage(Set.of("harbour"));
        places.addSentence(Set.of("crane", "invasion"));
        places.addSentence(Set.of("wind", "crane"));
        places.addPassage(Set.of());
        places.addSentence(Set.of("boat"));
    }

    @Test
    void find_countsSentencesNotHeads() {
        assertThat(places.sentences()).isEqualTo(3);
        assertThat(places.find("crane").sentencesWith()).isEqualTo(2);
        assertThat(places.find("harbour").sentencesWith()).isZero();
        assertThat(places.find("anchor").sentencesWith()).isZero();
    }

    @Test
    void find_saysWhere() {
        Found wind = places.find("wind");
        assertThat(wind.inSentence(0)).isEqualTo(Match.NONE);
        assertThat(wind.inSentence(1)).isEqualTo(Match.SAME);
        assertThat(wind.inPassage(0)).isEqualTo(Match.SAME);
        assertThat(wind.inPassage(1)).isEqualTo(Match.NONE);
    }

    @Test
    void find_head_isOfThePassageAlone() {
        Found harbour = places.find("harbour");
        assertThat(harbour.inPassage(0)).isEqualTo(Match.SAME);
        assertThat(harbour.inSentence(0)).isEqualTo(Match.NONE);
        assertThat(harbour.inPassage(1)).isEqualTo(Match.NONE);
    }

    @Test
    void find_relative_isLessThanTheWordItself() {
        places.addSentence(Set.of("invad", "invasion"));

        Found found = places.find("invasive");
        assertThat(found.sentencesWith()).isZero();
        assertThat(found.inSentence(0)).isEqualTo(Match.RELATIVE);
        assertThat(places.find("invasion").inSentence(3)).isEqualTo(Match.SAME);
        assertThat(WordPlaces.areRelatives("wind", "windy")).isFalse();
        assertThat(WordPlaces.areRelatives("harbour", "harbours")).isTrue();
        assertThat(WordPlaces.areRelatives("inter", "international")).isFalse();
    }
}
