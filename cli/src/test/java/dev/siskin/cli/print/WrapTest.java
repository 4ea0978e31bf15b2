package dev.siskin.cli.print;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WrapTest {
    @Test
    void lines_breakAtSpacesWithinTheWidth() {
        assertThat(Wrap.lines("one two  three four", 9)).containsExactly("one two", "three", "four");
    }

    @Test
    void lines_longWord_getsALineOfItsOwn() {
        assertThat(Wrap.lines("a incomprehensibilities b", 6)).containsExactly("a", "incomprehensibilities", "b");
    }

    @Test
    void lines_keepLineBreaks() {
        assertThat(Wrap.lines("one\n\ntwo", 10)).containsExactly("one", "", "two");
    }

    @Test
    void lines_countCodePointsNotUnits() {
        assertThat(Wrap.lines("🐦🐦 🐦🐦", 5)).containsExactly("🐦🐦 🐦🐦");
    }

    @Test
    void oneLine_controlCharacters_becomeSpaces() {
        assertThat(Wrap.oneLine(" a\u001B[31m\n\tb\u0007 ")).isEqualTo("a [31m b");
        assertThat(Wrap.oneLine("a\u009B31mb\u202Etxt.exe\u2066c")).isEqualTo("a 31mb txt.exe c");
    }
}
