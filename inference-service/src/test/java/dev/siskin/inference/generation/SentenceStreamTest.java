package dev.siskin.inference.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class SentenceStreamTest {
    static Stream<Arguments> texts() {
        return Stream.of(
                Arguments.of("One here. Two there!", List.of("One here.", "Two there!")),
                Arguments.of(
                        "It holds 3.14 MiB. Version 1.2.3 is new.",
                        List.of("It holds 3.14 MiB.", "Version 1.2.3 is new.")),
                Arguments.of("See e.g. Fig. 3 by Dr. Smith. Next.", List.of("See e.g. Fig. 3 by Dr. Smith.", "Next.")),
                Arguments.of(
                        "J. R. Tolkien wrote it in the U.S. Army. Yes.",
                        List.of("J. R. Tolkien wrote it in the U.S. Army.", "Yes.")),
                Arguments.of(
                        "It is so.[1] That too. [2][3] End [4].",
                        List.of("It is so.[1]", "That too. [2][3]", "End [4].")),
                Arguments.of("So it is. 【1†source】 And on.", List.of("So it is. 【1†source】", "And on.")),
                Arguments.of("Read it. [Here](x) is more.", List.of("Read it.", "[Here](x) is more.")),
                Arguments.of("Use `a. B` now. Then stop.", List.of("Use `a. B` now.", "Then stop.")),
                Arguments.of(
                        "Run this:\n\n```bash\ncd x. Y\ntar tf a\n```\nThen stop.",
                        List.of("Run this:\n\n```bash\ncd x. Y\ntar tf a\n```", "Then stop.")),
                Arguments.of("Steps:\n\n1. Open it\n2. Close it\n", List.of("Steps:", "1. Open it", "2. Close it")),
                Arguments.of(
                        "- one thing\n- another thing [2]\n\nLast",
                        List.of("- one thing", "- another thing [2]", "Last")),
                Arguments.of(
                        "# Title\nText that goes on over this long line and is then\nwrapped here.",
                        List.of("# Title", "Text that goes on over this long line and is then\nwrapped here.")),
                Arguments.of("He said \"no.\" She left... Why?", List.of("He said \"no.\"", "She left...", "Why?")),
                Arguments.of("これは文です。次の文です。", List.of("これは文です。", "次の文です。")),
                Arguments.of("Smile 😀. Done 😀", List.of("Smile 😀.", "Done 😀")),
                Arguments.of(" \n\n ", List.of()));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void sentences_areTheSameHoweverTheTextIsCut(String text, List<String> sentences) {
        assertThat(cut(text, List.of(text.length()))).isEqualTo(sentences);
        for (int size : List.of(1, 2, 3, 5)) {
            assertThat(cut(text, List.of(size))).as("pieces of %d", size).isEqualTo(sentences);
        }
        assertThat(SentenceEnds.spans(text).stream().map(span -> text.substring(span.start(), span.end())))
                .isEqualTo(sentences);
    }

    private static List<String> cut(String text, List<Integer> sizes) {
        var stream = new SentenceStream();
        List<String> sentences = new ArrayList<>();
        int from = 0;
        for (int i = 0; from < text.length(); i++) {
            int to = Math.min(text.length(), from + sizes.get(i % sizes.size()));
            sentences.addAll(stream.add(text.substring(from, to)));
            from = to;
        }
        sentences.addAll(stream.finish());
        return sentences;
    }

    @Test
    void sentence_comesAsSoonAsTheNextBegins() {
        var stream = new SentenceStream();

        assertThat(stream.add("It is so. ")).isEmpty();
        assertThat(stream.add("[1")).isEmpty();
        assertThat(stream.add("] ")).isEmpty();
        assertThat(stream.add("A")).containsExactly("It is so. [1]");
        assertThat(stream.add("nd on.")).isEmpty();
        assertThat(stream.finish()).containsExactly("And on.");
        assertThat(stream.finish()).isEmpty();
    }

    @Test
    void endlessSentence_isCutAtTheBound() {
        List<String> words = cut("word ".repeat(3_000), List.of(7));
        assertThat(words).allMatch(sentence -> sentence.length() <= SentenceStream.LONGEST);
        assertThat(String.join(" ", words)).isEqualTo("word ".repeat(3_000).strip());

        List<String> faces = cut("x" + "😀".repeat(3_000), List.of(10_000));
        assertThat(faces).allMatch(sentence -> sentence.length() <= SentenceStream.LONGEST);
        assertThat(faces).noneMatch(sentence -> Character.isHighSurrogate(sentence.charAt(sentence.length() - 1)));
        assertThat(String.join("", faces)).isEqualTo("x" + "😀".repeat(3_000));
    }

    @Test
    void anyText_losesNothingButWhiteSpace() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        String alphabet = "aB.!?`[]1 \n:-#*\"。😀";
        for (int round = 0; round < 300; round++) {
            var text = new StringBuilder();
            for (int i = 0; i < 200; i++) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            List<String> sentences = cut(text.toString(), List.of(1 + random.nextInt(9), 1 + random.nextInt(4)));
            assertThat(String.join("", sentences).replaceAll("\\s", ""))
                    .as("seed %d", seed)
                    .isEqualTo(text.toString().replaceAll("\\s", ""));
            assertThat(sentences).as("seed %d", seed).isEqualTo(cut(text.toString(), List.of(1_000)));
        }
    }
}
