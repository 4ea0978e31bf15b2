package dev.siskin.inference.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StopTextsTest {
    private static List<String> pieces(StopTexts stops, String... pieces) {
        List<String> given = new ArrayList<>();
        for (String piece : pieces) {
            given.add(stops.add(piece));
        }
        given.add(stops.finish());
        return given;
    }

    @Test
    void text_isHeldWhileItMayBecomeAStop_andEndsInFrontOfOne() {
        var stops = new StopTexts(List.of("END", "\n\n"));

        assertThat(pieces(stops, "one E", "N", "d two\n", "\nthree", "four"))
                .containsExactly("one ", "", "ENd two", "", "", "");
        assertThat(stops.isMet()).isTrue();
    }

    @Test
    void firstOfSeveral_counts_andWithoutAnyNothingIsHeld() {
        assertThat(pieces(new StopTexts(List.of("c", "bc")), "abcd")).containsExactly("a", "");
        assertThat(pieces(new StopTexts(List.of("")), "ab", "c")).containsExactly("ab", "c", "");
        assertThat(pieces(new StopTexts(List.of("cd")), "abc")).containsExactly("ab", "c");
        assertThat(new StopTexts(List.of("c", "b")).before("abc")).isEqualTo("a");
    }
}
