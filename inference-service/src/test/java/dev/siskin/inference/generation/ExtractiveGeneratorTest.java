package dev.siskin.inference.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Hit;
import dev.siskin.inference.Hits;
import dev.siskin.inference.packing.Packer;
import dev.siskin.inference.packing.Passage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ExtractiveGeneratorTest {
    private final ExtractiveGenerator generator = new ExtractiveGenerator(
            new SentenceSelector(new AnswerSupport(AnswerSupport.Bounds.BGE_SMALL_EN, 0.36), 3));

    private List<String> quotes(String question, int maxTokens, Hit... hits) {
        List<Passage> passages = new Packer().pack(List.of(hits), 10_000).passages();
        return switch (generator.select(question, Optional.empty(), passages, maxTokens)) {
            case Selection.Answered answered ->
                answered.quotes().stream()
                        .map(quote -> passages.get(quote.hit()).text().substring(quote.start(), quote.end()))
                        .toList();
            case Selection.Declined declined -> List.of(declined.reason().name());
        };
    }

    @Test
    void generate_bestSentence_comesFirstAndTheRestInReadingOrder() {
        String text = "Alpha keeps the queue. Beta bounds the queue at depth 64. Gamma empties the queue.";
        Hit hit = Hits.hit(
                "a",
                500,
                0.8,
                text,
                Map.of(
                        "Alpha keeps the queue.",
                        0.75,
                        "Beta bounds the queue at depth 64.",
                        0.9,
                        "Gamma empties the queue.",
                        0.76));

        assertThat(quotes("how deep is the queue", 256, hit))
                .containsExactly(
                        "Beta bounds the queue at depth 64.", "Alpha keeps the queue.", "Gamma empties the queue.");
    }

    @Test
    void generate_sameSentenceInTwoDocuments_isQuotedOnce() {
        String sentence = "The queue holds 64 requests.";
        Hit one = Hits.hit("a", 0, 0.8, sentence, Map.of(sentence, 0.9));
        Hit two = Hits.hit("b", 0, 0.8, sentence + " Indeed.", Map.of(sentence, 0.9));

        assertThat(quotes("how many requests", 256, one, two)).containsExactly(sentence);
    }

    @Test
    void generate_answerCap_keepsTheBestOnly() {
        String text = "The queue holds 64 requests. The queue rejects what is over 64.";
        Hit hit = Hits.hit(
                "a",
                0,
                0.8,
                text,
                Map.of("The queue holds 64 requests.", 0.9, "The queue rejects what is over 64.", 0.8));

        assertThat(quotes("how many requests", 4, hit)).containsExactly("The queue holds 64 requests.");
    }

    @Test
    void generate_commandBelowItsDescription_isOneUnit() {
        String text =
                "# tar\n\n- Create an archive:\n\n`tar cf target.tar file`\n\n- List an archive:\n\n`tar tf x.tar`";
        String unit = "- Create an archive:\n\n`tar cf target.tar file`";

        assertThat(quotes("create an archive", 256, Hits.hit("tar", 0, 0.8, text, Map.of("- Create an archive:", 0.9))))
                .containsExactly(unit);
        assertThat(quotes(
                        "create an archive",
                        256,
                        Hits.hit("tar", 0, 0.8, text, Map.of("`tar cf target.tar file`", 0.9))))
                .containsExactly(unit);
    }

    @Test
    void generate_headingWithAllTheWords_losesToTheSentenceBelow() {
        String text = "## Queue depth limit\n\nBy default 64 requests may wait in the queue.";
        Hit hit = Hits.hit(
                "a",
                0,
                0.8,
                text,
                Map.of("## Queue depth limit", 1.0, "By default 64 requests may wait in the queue.", 0.5));

        assertThat(quotes("queue depth limit", 256, hit).getFirst()).startsWith("By default");
    }

    @Test
    void generate_farFromTheQuestion_declines() {
        String text = "Birds sing.";

        assertThat(quotes("how deep is the queue", 256, Hits.hit("a", 0, 0.5, text, Map.of(text, 0.1))))
                .containsExactly("TOO_FAR");
        assertThat(quotes("how deep is the queue", 256)).containsExactly("NO_HITS");
        assertThat(quotes("how deep is the queue", 256, Hits.hit("a", 0, 0.95, text, Map.of())))
                .containsExactly("NO_SENTENCE");
    }

    @Test
    void generate_highlightOutsideItsPassage_isIgnored() {
        Hit good = Hits.hit("a", 100, 0.95, "Birds sing.", Map.of("Birds sing.", 0.9));
        Hit wrong = new Hit(
                good.documentId(),
                0,
                0.9,
                good.scores(),
                good.ranks(),
                good.text(),
                null,
                null,
                null,
                null,
                null,
                good.start(),
                good.end(),
                null,
                List.of(new Hit.Highlight(0, 11, 1), new Hit.Highlight(105, 999, 1), new Hit.Highlight(105, 105, 1)));

        assertThat(quotes("birds", 256, wrong)).containsExactly("NO_SENTENCE");
    }
}
