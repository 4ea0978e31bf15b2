package dev.siskin.cli.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.cli.CommandFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A test collection in BEIR's layout.
 *
 * <ul>
 *   <li>{@code corpus.jsonl}: a document a line, {@code _id}, {@code title} (may be missing), {@code text}
 *   <li>{@code queries.jsonl}: a query a line, {@code _id}, {@code text}
 *   <li>{@code qrels/SPLIT.tsv}: a judgment a line, query id, document id and grade between tabs, below a header
 * </ul>
 *
 * <p>Further fields and blank lines are passed over. Every method throws {@link CommandFailure} for a file that is
 * missing or malformed, with its name and the line.
 */
public record BeirFolder(Path folder) {
    /** The file of the documents. */
    public static final String CORPUS = "corpus.jsonl";

    private static final String QUERIES = "queries.jsonl";
    private static final String QRELS = "qrels";
    private static final String QRELS_SUFFIX = ".tsv";
    private static final String QRELS_HEADER = "query-id\t";

    /** A document. */
    public record Passage(String id, String title, String text) {}

    /** A line of a file, to be named where it is wrong. */
    private record Line(Path file, int number, String text) {
        CommandFailure wrong(String what) {
            return new CommandFailure(file + ":" + number + ": " + what);
        }

        JsonNode object() {
            try {
                JsonNode node = Json.MAPPER.readTree(text);
                if (node.isObject()) {
                    return node;
                }
            } catch (JsonProcessingException malformed) {
                throw wrong(Json.explain(malformed).replace("(line 1, ", "("));
            }
            throw wrong("must be a JSON object");
        }

        String field(JsonNode object, String name) {
            JsonNode value = object.path(name);
            if (!(value.isTextual() || value.isIntegralNumber())
                    || value.asText().isBlank()) {
                throw wrong("field '" + name + "' is missing or blank");
            }
            return value.asText();
        }
    }

    public Path corpusFile() {
        return folder.resolve(CORPUS);
    }

    public List<Passage> corpus() {
        var passages = new ArrayList<Passage>();
        read(corpusFile(), line -> {
            JsonNode passage = line.object();
            passages.add(new Passage(
                    line.field(passage, "_id"),
                    passage.path("title").asText(),
                    passage.path("text").asText()));
        });
        return passages;
    }

    /** Query text by id. */
    public Map<String, String> queries() {
        var queries = new LinkedHashMap<String, String>();
        read(folder.resolve(QUERIES), line -> {
            JsonNode query = line.object();
            String id = line.field(query, "_id");
            if (queries.put(id, line.field(query, "text")) != null) {
                throw line.wrong("a query of this _id stands above: _id=" + id);
            }
        });
        return queries;
    }

    /** The queries that a split has judgments for, in the order of their first. */
    public List<JudgedQuery> judgedQueries(String split) {
        Map<String, String> texts = queries();
        var judged = new LinkedHashMap<String, JudgedQuery>();
        Path file = folder.resolve(QRELS).resolve(split + QRELS_SUFFIX);
        if (!Files.exists(file)) {
            throw new CommandFailure("no such split: " + file + " is missing; there are: " + splits());
        }
        read(file, line -> {
            if (line.number() > 1 || !line.text().startsWith(QRELS_HEADER)) {
                judge(line, texts, judged);
            }
        });
        if (judged.isEmpty()) {
            throw new CommandFailure(file + " holds no judgment");
        }
        return List.copyOf(judged.values());
    }

    private static void judge(Line line, Map<String, String> texts, Map<String, JudgedQuery> judged) {
        String[] fields = line.text().split("\t", -1);
        if (fields.length != 3 || fields[0].isBlank() || fields[1].isBlank()) {
            throw line.wrong("must be a query id, a document id and a grade, with tabs between them");
        }
        String text = texts.get(fields[0]);
        if (text == null) {
            throw line.wrong("no such query in " + QUERIES + ": " + fields[0]);
        }
        int grade = grade(line, fields[2]);
        JudgedQuery query = judged.computeIfAbsent(fields[0], id -> new JudgedQuery(id, text, new LinkedHashMap<>()));
        Integer before = query.grades().put(fields[1], grade);
        if (before != null && before != grade) {
            throw line.wrong("judged %d here and %d above: query %s, document %s"
                    .formatted(grade, before, fields[0], fields[1]));
        }
    }

    private static int grade(Line line, String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException notANumber) {
            throw line.wrong("the grade must be a whole number: " + text);
        }
    }

    private String splits() {
        try (Stream<Path> files = Files.list(folder.resolve(QRELS))) {
            List<String> splits = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(QRELS_SUFFIX))
                    .map(name -> name.substring(0, name.length() - QRELS_SUFFIX.length()))
                    .sorted()
                    .toList();
            return splits.isEmpty() ? "none" : String.join(", ", splits);
        } catch (IOException noFolder) {
            return "none";
        }
    }

    private static void read(Path file, Consumer<Line> reader) {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            for (String text = lines.readLine(); text != null; text = lines.readLine()) {
                number++;
                if (!text.isBlank()) {
                    reader.accept(new Line(file, number, text));
                }
            }
        } catch (NoSuchFileException missing) {
            throw new CommandFailure("no such file: " + file
                    + "; a folder in BEIR's layout holds corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv");
        } catch (CharacterCodingException notUtf8) {
            throw new CommandFailure(file + " is not UTF-8");
        } catch (IOException unreadable) {
            throw new CommandFailure(file + " cannot be read: " + unreadable.getMessage());
        }
    }
}
