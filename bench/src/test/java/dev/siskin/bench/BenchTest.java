package dev.siskin.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Json;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchTest {
    @Test
    void squad_questions_areDrawnTheSameWayEachTime() throws Exception {
        Squad squad = Squad.parse(Json.MAPPER.readTree("""
            {"data":[{"title":"A_B","paragraphs":[{"context":"One. Two.","qas":[
             {"id":"i","question":"q1","answers":[{"text":"One"},{"text":"One"}]},
             {"id":"i","question":"q2","answers":[{"text":"Two"}]},{"id":"i","question":"q3","answers":[]}]}]}]}
            """));
        assertThat(squad.draw(2, 7)).hasSize(2).isEqualTo(squad.draw(2, 7));
        assertThat(squad.questions().getFirst().answers()).containsExactly("One");
        assertThat(squad.ofLastArticles(1).questions()).isEqualTo(squad.questions());
        assertThat(AnswersCommand.holds("It was  ONE\nday", new Squad.Question("i", "q", 0, List.of("one day"))))
                .isTrue();
        assertThat(AnswersCommand.holds("It was two", new Squad.Question("i", "q", 0, List.of("one"))))
                .isFalse();
    }

    @Test
    void lastArticles_haveTheirQuestionsAlone_andAllParagraphs() throws IOException {
        Squad squad = Squad.parse(Json.MAPPER.readTree("""
            {"data":[{"paragraphs":[{"context":"One.","qas":[{"id":"a","question":"q1","answers":[{"text":"One"}]}]}]},
             {"paragraphs":[{"context":"Two.","qas":[{"id":"b","question":"q2","answers":[{"text":"Two"}]}]}]}]}
            """));
        Squad last = squad.ofLastArticles(1);
        assertThat(last.questions()).extracting(Squad.Question::text).containsExactly("q2");
        assertThat(last.paragraphs()
                        .get(last.questions().getFirst().paragraph())
                        .text())
                .isEqualTo("Two.");
    }

    @Test
    void latencies_quantiles_areOrderStatistics() {
        var latencies = new Latencies();
        for (int i = 100; i > 0; i--) {
            latencies.add(i);
        }
        assertThat(latencies.quantile(0.5)).isEqualTo(51);
        assertThat(latencies.quantile(1)).isEqualTo(100);
        assertThat(LatencyCommand.question("- [c]reate an archive:")).isEqualTo("create an archive");
    }
}
