package dev.siskin.bench.embedding;

import dev.siskin.api.Chunk;
import dev.siskin.api.CollectionSpec;
import dev.siskin.api.Json;
import dev.siskin.embedding.ModelDirectory;
import dev.siskin.embedding.ModelLibrary;
import dev.siskin.indexer.IndexerSettings;
import dev.siskin.indexer.reading.DocumentReader;
import dev.siskin.indexer.reading.ReadLimits;
import dev.siskin.indexer.reading.UnreadableDocumentException;
import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.TimeAllowance;
import dev.siskin.indexer.splitting.DocumentSplitter;
import dev.siskin.indexer.splitting.SplitSettings;
import dev.siskin.runtime.TokenSpans;
import dev.siskin.runtime.Tokenizer;
import dev.siskin.settings.Settings;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the texts that the indexer would embed of a folder, for others to embed the same. */
@Command(
        name = "chunks",
        mixinStandardHelpOptions = true,
        description = "Reads and splits a folder as the indexer does, into lines with \"text\" and its \"ids\".")
public final class ChunksCommand implements Callable<Integer> {
    @Parameters(index = "0", description = "folder")
    private Path folder = Path.of("");

    @Option(names = "--out", required = true, description = "file to write, a line of JSON a chunk")
    private Path out = Path.of("");

    private record Line(String text, long[] ids) {}

    @Override
    public Integer call() throws Exception {
        Settings settings = Settings.of(Map.of());
        ModelLibrary library = ModelLibrary.of(settings, Path.of(System.getProperty("siskin.home", ".")));
        library.nameNativeLibraries();
        ModelDirectory model = library.open(CollectionSpec.DEFAULT_EMBEDDING_MODEL);
        List<SourceFile> files = files();
        try (Tokenizer tokenizer = Tokenizer.open(model.tokenizerFile());
                BufferedWriter lines = Files.newBufferedWriter(out);
                var reader = new DocumentReader(new ReadLimits(
                        settings.get(IndexerSettings.MAX_FILE_BYTES),
                        settings.get(IndexerSettings.MAX_CHARS),
                        settings.get(IndexerSettings.READ_TIMEOUT),
                        new TimeAllowance(settings.get(IndexerSettings.READ_TOTAL_TIMEOUT)),
                        settings.get(IndexerSettings.PARSER_MEMORY)))) {
            var splitter = new DocumentSplitter(SplitSettings.DEFAULTS, text -> starts(tokenizer.tokenSpans(text)));
            long chunks = 0;
            long tokens = 0;
            for (SourceFile file : files) {
                for (Chunk chunk : chunks(file, reader, splitter)) {
                    String text = model.manifest().passagePrefix() + chunk.contextualText();
                    long[] ids =
                            tokenizer.encode(text, model.manifest().maxTokens()).ids();
                    lines.write(Json.MAPPER.writeValueAsString(new Line(text, ids)));
                    lines.newLine();
                    chunks++;
                    tokens += ids.length;
                }
            }
            System.out.printf("%d chunks with %d tokens, of %d files, in %s%n", chunks, tokens, files.size(), out);
        }
        return 0;
    }

    private List<SourceFile> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .sorted()
                    .map(file -> new SourceFile(
                            file, "bench", folder.relativize(file).toString()))
                    .toList();
        }
    }

    private static List<Chunk> chunks(SourceFile file, DocumentReader reader, DocumentSplitter splitter)
            throws IOException, InterruptedException {
        List<Chunk> chunks = new ArrayList<>();
        try {
            reader.read(
                    file,
                    (head, part) -> chunks.addAll(splitter.split(head.title().orElseGet(file::stem), part)));
        } catch (UnreadableDocumentException unreadable) {
            throw new IOException(file.id() + ": " + unreadable.getMessage(), unreadable);
        }
        return chunks;
    }

    private static int[] starts(TokenSpans spans) {
        return IntStream.range(0, spans.size()).map(spans::start).toArray();
    }
}
