package dev.siskin.bench.dataset;

import dev.siskin.api.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Writes the texts of the data set: {@code corpus.jsonl} and {@code queries.jsonl}, a line each of {@code _id} and
 * {@code text}. {@code bench/dataset} unpacks the documentation and runs this.
 */
@Command(
        name = "corpus",
        mixinStandardHelpOptions = true,
        description = "Draws passages and questions from test collections and documentation.")
public final class CorpusCommand implements Callable<Integer> {
    static final long SEED = 20260101;

    @Option(names = "--data", required = true, description = "folder with scifact/, squad-dev/ and documents/tldr/")
    private Path data = Path.of("");

    @Option(names = "--html", description = "folder of documentation in HTML; may be repeated")
    private List<Path> html = new ArrayList<>();

    @Option(names = "--passages", defaultValue = "100000", description = "default: ${DEFAULT-VALUE}")
    private int passages = 100_000;

    @Option(names = "--questions", defaultValue = "1000", description = "default: ${DEFAULT-VALUE}")
    private int questions = 1000;

    @Option(names = "--out", required = true, description = "folder to write")
    private Path out = Path.of("");

    @Override
    public Integer call() throws IOException {
        Path scifact = data.resolve("scifact");
        Path squad = data.resolve("squad-dev");
        Path tldr = data.resolve("documents/tldr");
        var drawn = new Draw(passages, SEED);
        var counted = new LinkedHashMap<String, Integer>();
        counted.put("scifact", offer(reader -> Texts.scifact(scifact, reader), drawn::prefer));
        counted.put("squad", offer(reader -> Texts.squad(squad, reader), drawn::prefer));
        counted.put("tldr", offer(reader -> Texts.tldr(tldr, reader), drawn::prefer));
        for (Path folder : html) {
            counted.put(
                    String.valueOf(folder.getFileName()), offer(reader -> Texts.html(folder, reader), drawn::offer));
        }
        List<String> corpus = drawn.texts();
        if (corpus.size() < passages) {
            throw new IOException("the sources hold %d different passages, wanted are %d; give more --html folders"
                    .formatted(corpus.size(), passages));
        }
        Files.createDirectories(out);
        write(out.resolve("corpus.jsonl"), "p", corpus);
        List<String> asked = new ArrayList<>();
        asked.addAll(drawQuestions(Texts.questions(squad), questions * 4 / 10, drawn));
        asked.addAll(drawQuestions(Texts.claims(scifact), questions * 3 / 10, drawn));
        asked.addAll(drawQuestions(Texts.descriptions(tldr), questions - asked.size(), drawn));
        write(out.resolve("queries.jsonl"), "q", asked);
        System.out.println("passages offered: " + counted);
        System.out.printf("%d passages and %d questions in %s%n", corpus.size(), asked.size(), out);
        return 0;
    }

    private interface Source {
        void to(Texts.PageReader reader) throws IOException;
    }

    private static int offer(Source source, Consumer<String> draw) throws IOException {
        int[] offered = new int[1];
        source.to(blocks -> {
            for (String passage : PassageCutter.cut(blocks)) {
                draw.accept(passage);
                offered[0]++;
            }
        });
        return offered[0];
    }

    private static List<String> drawQuestions(List<String> candidates, int wanted, Draw passages) {
        var drawn = new Draw(wanted, SEED);
        candidates.stream().filter(question -> !passages.knows(question)).forEach(drawn::offer);
        return drawn.texts();
    }

    private static void write(Path file, String prefix, List<String> texts) throws IOException {
        try (BufferedWriter lines = Files.newBufferedWriter(file)) {
            for (int number = 0; number < texts.size(); number++) {
                lines.write(Json.MAPPER.writeValueAsString(Map.of("_id", prefix + number, "text", texts.get(number))));
                lines.newLine();
            }
        }
    }
}
