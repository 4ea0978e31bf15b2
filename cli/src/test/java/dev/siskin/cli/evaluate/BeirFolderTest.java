package dev.siskin.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.cli.CommandFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BeirFolderTest {
    private static final String HEADER = "query-id\tcorpus-id\tscore\n";

    @TempDir
    Path folder;

    @BeforeEach
    void layOut() throws Exception {
        Files.writeString(folder.resolve("corpus.jsonl"), """
                {"_id":"d1","title":"One","text":"First."}
                {"_id":"d2","text":"Second.","metadata":{}}
                """);
        Files.writeString(folder.resolve("queries.jsonl"), """
                {"_id":"q1","text":"one?","metadata":{"a":[1]}}

                {"_id":2,"text":"two?"}
                """);
        Files.createDirectory(folder.resolve("qrels"));
        qrels(HEADER + "2\td2\t1\nq1\td1\t2\r\nq1\td2\t0\n");
    }

    @Test
    void wellFormed_isRead() {
        var beir = new BeirFolder(folder);

        assertThat(beir.corpus())
                .containsExactly(
                        new BeirFolder.Passage("d1", "One", "First."), new BeirFolder.Passage("d2", "", "Second."));
        assertThat(beir.judgedQueries("test"))
                .containsExactly(
                        new JudgedQuery("2", "two?", Map.of("d2", 1)),
                        new JudgedQuery("q1", "one?", Map.of("d1", 2, "d2", 0)));
    }

    @Test
    void qrelsWithoutHeader_loseNoLine() throws Exception {
        qrels("q1\td1\t1\n");

        assertThat(new BeirFolder(folder).judgedQueries("test"))
                .containsExactly(new JudgedQuery("q1", "one?", Map.of("d1", 1)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "q1 d1 1          | query id, a document id and a grade, with tabs",
                "q1\\td1           | query id, a document id and a grade, with tabs",
                "q1\\t\\t1         | query id, a document id and a grade, with tabs",
                "q1\\td1\\tmany    | the grade must be a whole number: many",
                "q9\\td1\\t1       | no such query in queries.jsonl: q9",
                "q1\\td2\\t3       | judged 3 here and 1 above: query q1, document d2",
            })
    void malformedQrels_areNamedWithTheirLine(String line, String complaint) throws Exception {
        qrels(HEADER + "q1\td2\t1\n" + line.strip().replace("\\t", "\t") + "\n");

        assertThatThrownBy(() -> new BeirFolder(folder).judgedQueries("test"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining(folder.resolve("qrels/test.tsv") + ":3: ")
                .hasMessageContaining(complaint);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"_id\":\"q2\",\"text\":   | malformed JSON",
                "[1]                         | must be a JSON object",
                "{\"text\":\"two?\"}         | field '_id' is missing or blank",
                "{\"_id\":\"q2\",\"text\":\" \"} | field 'text' is missing or blank",
                "{\"_id\":\"q1\",\"text\":\"again\"} | a query of this _id stands above: _id=q1",
            })
    void malformedQueries_areNamedWithTheirLine(String line, String complaint) throws Exception {
        Files.writeString(folder.resolve("queries.jsonl"), "{\"_id\":\"q1\",\"text\":\"one?\"}\n" + line.strip());

        assertThatThrownBy(() -> new BeirFolder(folder).queries())
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining(folder.resolve("queries.jsonl") + ":2: ")
                .hasMessageContaining(complaint)
                .hasMessageNotContaining("line 1");
    }

    @Test
    void notUtf8_isNamed() throws Exception {
        Files.write(folder.resolve("queries.jsonl"), "{\"_id\":\"ä\"}".getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> new BeirFolder(folder).queries())
                .isInstanceOf(CommandFailure.class)
                .hasMessage(folder.resolve("queries.jsonl") + " is not UTF-8");
    }

    @Test
    void missingSplit_namesThoseThatAreThere() {
        assertThatThrownBy(() -> new BeirFolder(folder).judgedQueries("dev"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageEndingWith("dev.tsv is missing; there are: test");
    }

    @Test
    void missingFile_namesTheLayout() throws Exception {
        Files.delete(folder.resolve("queries.jsonl"));

        assertThatThrownBy(() -> new BeirFolder(folder).judgedQueries("test"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("no such file: " + folder.resolve("queries.jsonl"));
    }

    @Test
    void noJudgment_isSaid() throws Exception {
        qrels(HEADER);

        assertThatThrownBy(() -> new BeirFolder(folder).judgedQueries("test"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageEndingWith("holds no judgment");
    }

    private void qrels(String text) throws Exception {
        Files.writeString(folder.resolve("qrels/test.tsv"), text);
    }
}
