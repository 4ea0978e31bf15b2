package dev.siskin.inference.citing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EnglishStemmerTest {
    @ParameterizedTest
    @CsvSource({
        "city, cities", "bus, buses", "class, classes", "file, files", "use, used", "use, using", "stop, stopped",
        "tag, tagging", "copy, copies", "copy, copied", "box, boxes", "make, made", "write, written", "child, children",
        "become, became", "quick, quickly", "charge, charging", "index, indexes", "wide, widely", "fill, filled"
    })
    void forms_haveOneStem(String word, String form) {
        assertThat(EnglishStemmer.stem(form)).isEqualTo(EnglishStemmer.stem(word));
    }

    @Test
    void otherWords_stayApart() {
        assertThat(EnglishStemmer.stem("thing")).isEqualTo("thing");
        assertThat(EnglishStemmer.stem("need")).isEqualTo("need");
        assertThat(EnglishStemmer.stem("virus")).isEqualTo("virus");
        assertThat(EnglishStemmer.stem("straße")).isEqualTo("straße");
        assertThat(EnglishStemmer.stem("string")).isNotEqualTo(EnglishStemmer.stem("strong"));
    }
}
