package dev.siskin.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.auth.KeyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** SQuAD's development set: paragraphs, and questions with the words that answer them. */
public record Squad(List<Paragraph> paragraphs, List<Question> questions) {
    /** @param article it belongs to, counted from 0 */
    public record Paragraph(String text, int article) {}

    /**
     * @param paragraph it was asked of, its place in the list
     * @param answers texts of the gold answers, distinct; empty where the paragraph has none
     */
    public record Question(String id, String text, int paragraph, List<String> answers) {}

    /** Reads a development set: a file, or version 1.1's in a folder. */
    public static Squad read(Path folder) throws IOException {
        if (Files.isRegularFile(folder)) {
            return parse(Json.MAPPER.readTree(Files.readAllBytes(folder)));
        }
        try (Stream<Path> files = Files.list(folder)) {
            Path file = files.filter(path -> path.getFileName().toString().matches("dev-v?1\\.1\\.json"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no dev-1.1.json in " + folder));
            return parse(Json.MAPPER.readTree(Files.readAllBytes(file)));
        }
    }

    static Squad parse(JsonNode root) {
        var paragraphs = new ArrayList<Paragraph>();
        var questions = new ArrayList<Question>();
        int article = 0;
        for (JsonNode each : root.get("data")) {
            for (JsonNode paragraph : each.get("paragraphs")) {
                paragraphs.add(new Paragraph(paragraph.get("context").asText(), article));
                for (JsonNode qa : paragraph.get("qas")) {
                    var answers = new TreeSet<String>();
                    qa.get("answers")
                            .forEach(answer -> answers.add(answer.get("text").asText()));
                    questions.add(new Question(
                            qa.get("id").asText(),
                            qa.get("question").asText().strip(),
                            paragraphs.size() - 1,
                            List.copyOf(answers)));
                }
            }
            article++;
        }
        return new Squad(List.copyOf(paragraphs), List.copyOf(questions));
    }

    /** The same paragraphs, and the questions of the last articles alone: of the last eight siskin-mini has seen nothing. */
    Squad ofLastArticles(int count) {
        int first = paragraphs.getLast().article() + 1 - count;
        return new Squad(
                paragraphs,
                questions.stream()
                        .filter(question -> paragraphs.get(question.paragraph()).article() >= first)
                        .toList());
    }

    /**
     * A draw that any language can repeat: the questions in the order of the SHA-256 of
     * {@code <seed>:<question id>}. The first {@link AnswersCommand#QUESTIONS} are held out: no weight and
     * no threshold of the project was fitted on them.
     */
    public List<Question> draw(int count, long seed) {
        return questions.stream()
                .sorted(Comparator.comparing(question -> KeyFile.digest(seed + ":" + question.id())))
                .limit(count)
                .toList();
    }
}
