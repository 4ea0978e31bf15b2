package dev.siskin.bench;

import dev.siskin.auth.KeyFile;
import dev.siskin.cli.evaluate.BeirFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Queries with the passages that answer them, of the collections that {@link PrepareCommand} lays out.
 *
 * <ul>
 *   <li>{@code scifact}: BEIR's layout, the claims of the test split and the abstracts judged for them.
 *   <li>{@code squad}: a SQuAD file, each question and the paragraph it was asked of.
 *   <li>{@code tldr}: Markdown pages, the description of each example and the pages that have it.
 * </ul>
 */
final class JudgedQueries {
    private static final String SPLIT = "test";

    private JudgedQueries() {}

    /** @param grades above 0, by passage id */
    record Query(String text, Map<String, Integer> grades) {}

    /**
     * Reads queries and draws from them with a fixed seed.
     *
     * @param source {@code KIND:PATH}
     * @param most how many at most
     */
    static List<Query> read(String source, int most) throws IOException {
        String kind = source.replaceFirst(":.*", "");
        Path path = Path.of(source.substring(Math.min(source.length(), kind.length() + 1)));
        List<Query> all = switch (kind) {
            case "scifact" -> scifact(new BeirFolder(path));
            case "squad" -> squad(Squad.read(path));
            case "tldr" -> tldr(path);
            default -> throw new IllegalArgumentException("unknown kind '" + kind + "'; known: scifact, squad, tldr");
        };
        return all.stream()
                .sorted(Comparator.comparing(query -> KeyFile.digest(AnswersCommand.SEED + ":" + query.text())))
                .limit(most)
                .toList();
    }

    /** The id of a passage in a document's: its file's name without folder and extension. */
    static String passageId(String documentId) {
        String name = documentId.substring(documentId.lastIndexOf('/') + 1);
        return name.replaceFirst("\\.(md|txt)$", "");
    }

    private static List<Query> scifact(BeirFolder folder) {
        return folder.judgedQueries(SPLIT).stream()
                .map(query -> new Query(query.text(), query.grades()))
                .toList();
    }

    private static List<Query> squad(Squad squad) {
        return squad.questions().stream()
                .filter(question -> !question.answers().isEmpty())
                .map(question -> new Query(question.text(), Map.of(Integer.toString(question.paragraph()), 1)))
                .toList();
    }

    private static List<Query> tldr(Path folder) throws IOException {
        var pages = new LinkedHashMap<String, Map<String, Integer>>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path page : files.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList()) {
                for (String line : Files.readAllLines(page)) {
                    if (line.startsWith("- ")) {
                        pages.computeIfAbsent(LatencyCommand.question(line), text -> new HashMap<>())
                                .put(passageId(page.toString()), 1);
                    }
                }
            }
        }
        return pages.entrySet().stream()
                .map(page -> new Query(page.getKey(), page.getValue()))
                .toList();
    }
}
