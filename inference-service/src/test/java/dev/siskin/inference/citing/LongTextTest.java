package dev.siskin.inference.citing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts of 100,000 characters without an end of a sentence: they take time, never the stack. */
@Timeout(60)
final class LongTextTest {
    private static final int CHARACTERS = 100_000;

    private static String of(String part) {
        return part.repeat(CHARACTERS / part.length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.",
                "1,",
                "123,",
                "12:",
                "- ",
                "1. ",
                "# ",
                "> * ",
                "`",
                "`a` ",
                "a'",
                "a-",
                "x",
                "[",
                "[1, ",
                "[1] ",
                "[1][",
                "1, ",
                "]",
                "![",
                "a.b",
                "A1 ",
                "-a ",
                "--",
                "http://a/",
                "not ",
                "é",
                "漢",
                " ",
                "(",
                "```"
            })
    void longText_isRead(String part) {
        String text = of(part);

        assertThat(Wording.of("0" + text).words()).isNotNull();
        assertThat(Prose.of(text).length()).isLessThanOrEqualTo(CHARACTERS + 2);
        assertThat(Prose.written(text).length()).isLessThanOrEqualTo(CHARACTERS + 2);
        assertThat(Prose.marked("[" + text + "1]", 3)).isSubsetOf(Set.of(0, 1, 2));
    }
}
