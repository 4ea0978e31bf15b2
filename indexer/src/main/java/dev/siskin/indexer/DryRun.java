package dev.siskin.indexer;

import dev.siskin.api.Chunk;
import dev.siskin.indexer.progress.Estimate;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.reading.DocumentReader;
import dev.siskin.indexer.reading.ReadDocument;
import dev.siskin.indexer.reading.UnreadableDocumentException;
import dev.siskin.indexer.splitting.DocumentSplitter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * What a run would send, instead of sending it: counts the changed files and, from some of them drawn at random, how many
 * tokens there are to embed and how long that takes here. For one thread at a time.
 */
final class DryRun {
    private static final int SAMPLE = 24;

    /** Of embedding, enough for some dozen passages. */
    private static final Duration TRIAL = Duration.ofSeconds(3);

    private final DocumentReader reader;
    private final DocumentSplitter splitter;
    private final IndexingRun.Setup setup;
    private final RunProgress progress;
    private final Random random = new Random(1);
    private final List<ChangedFile> sample = new ArrayList<>();
    private long files;
    private long bytes;

    DryRun(IndexingRun.Setup setup, RunProgress progress) {
        this.reader = new DocumentReader(setup.reading());
        this.splitter = new DocumentSplitter(setup.splitting(), setup.tokens());
        this.setup = setup;
        this.progress = progress;
    }

    /** Counts a file; each has the same chance to be among those that are read. */
    void count(ChangedFile changed) {
        if (changed.stored()) {
            progress.replaced();
        } else {
            progress.added();
        }
        files++;
        bytes += changed.size();
        if (sample.size() < SAMPLE) {
            sample.add(changed);
        } else {
            long place = random.nextLong(files);
            if (place < SAMPLE) {
                sample.set((int) place, changed);
            }
        }
    }

    /** Of embedding all that was counted; empty where nothing was, or none of the files drawn has text. */
    Optional<Estimate> estimate() throws InterruptedException {
        long tokens = 0;
        long bytesRead = 0;
        long embedded = 0;
        long nanos = 0;
        for (ChangedFile file : sample) {
            progress.reading(file.file().id());
            bytesRead += file.size();
            for (Chunk chunk : chunks(file)) {
                tokens += setup.tokens().of(chunk.contextualText()).length;
                if (nanos < TRIAL.toNanos()) {
                    long began = System.nanoTime();
                    embedded += setup.embedder().embed(chunk.contextualText()).tokens();
                    nanos += System.nanoTime() - began;
                }
            }
        }
        progress.reading("");
        if (tokens == 0 || bytesRead == 0) {
            return Optional.empty();
        }
        double all = (double) tokens / bytesRead * bytes;
        double seconds = all / embedded * nanos / 1e9 / setup.threads();
        return Optional.of(new Estimate(Math.round(all), Math.round(seconds)));
    }

    /** None of a file that cannot be read: the run itself says why. */
    private List<Chunk> chunks(ChangedFile file) throws InterruptedException {
        try {
            ReadDocument document = reader.read(file.file());
            return splitter.split(document.title().orElseGet(file.file()::stem), document.text());
        } catch (UnreadableDocumentException | RuntimeException unreadable) {
            return List.of();
        }
    }
}
