package dev.siskin.bench;

import dev.siskin.cli.evaluate.BeirFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lays a test collection out as plain files, so that it goes through the indexer like anybody's folder. */
@Command(
        name = "prepare",
        mixinStandardHelpOptions = true,
        description = "Writes scifact or squad as a folder of files for ./siskin index.")
final class PrepareCommand implements Callable<Integer> {
    @Parameters(index = "0", description = "scifact or squad")
    private String collection = "";

    @Option(
            names = "--data",
            required = true,
            description = "folder of the test collection, or the file of a SQuAD set")
    private Path data = Path.of("");

    @Option(names = "--out", required = true, description = "folder to write; its name becomes the source")
    private Path out = Path.of("");

    @Override
    public Integer call() throws IOException {
        Files.createDirectories(out);
        int files = switch (collection) {
            case "scifact" -> writeScifact(new BeirFolder(data).corpus());
            case "squad" -> writeSquad(Squad.read(data).paragraphs());
            default ->
                throw new IllegalArgumentException("unknown collection '" + collection + "'; known: scifact, squad");
        };
        System.out.println(files + " files in " + out);
        return 0;
    }

    private int writeScifact(List<BeirFolder.Passage> corpus) throws IOException {
        for (BeirFolder.Passage passage : corpus) {
            String heading = passage.title().replaceAll("\\s+", " ").strip();
            Files.writeString(out.resolve(passage.id() + ".md"), "# " + heading + "\n\n" + passage.text() + "\n");
        }
        return corpus.size();
    }

    private int writeSquad(List<Squad.Paragraph> paragraphs) throws IOException {
        for (int number = 0; number < paragraphs.size(); number++) {
            Files.writeString(
                    out.resolve(number + ".txt"), paragraphs.get(number).text() + "\n");
        }
        return paragraphs.size();
    }
}
