package dev.siskin.indexer;

import dev.siskin.api.Chunk;
import dev.siskin.indexer.progress.Estimate;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.reading.DocumentReader;
import dev.siskin.indexer.reading.UnreadableDocumentException;
import dev.siskin.indexer.source.Spool;
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
    private final Spool spool;
    private final Random random = new Random(1);
    private final List<ChangedFile> sample = new ArrayList<>();
    private long files;
    private long bytes;

    DryRun(IndexingRun.Setup setup, DocumentReader reader, RunProgress progress, Spool spool) {
        this.spool = spool;
        this.reader = reader;
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
        spool.release(changed.file(), changed.size());
        files++;
        bytes += changed.bytes();
        if (sample.size() < SAMPLE) {
            sample.add(changed);
        } else {
            long place = random.nextLong(files);
            ChangedFile leftOut = place < SAMPLE ? sample.set((int) place, changed) : changed;
            spool.discard(leftOut.file());
        }
    }

    /** Of embedding all that was counted; empty where nothing was, or none of the files drawn has text. */
    Optional<Estimate> estimate() throws InterruptedException {
        var trial = new Trial();
        long bytesRead = 0;
        for (ChangedFile file : sample) {
            progress.reading(file.file().id());
            bytesRead += file.bytes();
            trial.read(file);
        }
        progress.reading("");
        if (trial.tokens == 0 || bytesRead == 0) {
            return Optional.empty();
        }
        double all = (double) trial.tokens / bytesRead * bytes;
        double seconds = all / trial.embedded * trial.nanos / 1e9 / setup.threads();
        return Optional.of(new Estimate(Math.round(all), Math.round(seconds)));
    }

    /** Counts tokens, and embeds the first for a while. */
    private final class Trial {
        private long tokens;
        private long embedded;
        private long nanos;

        /** Nothing of a file that cannot be read: the run itself says why. */
        void read(ChangedFile file) throws InterruptedException {
            try {
                reader.read(file.file(), (head, part) -> {
                    String title = head.title().orElseGet(file.file()::stem);
                    for (Chunk chunk : splitter.split(title, part)) {
                        count(chunk.contextualText());
                    }
                });
            } catch (UnreadableDocumentException | RuntimeException unreadable) {
                return;
            }
        }

        private void count(String text) {
            tokens += setup.tokens().of(text).length;
            if (nanos < TRIAL.toNanos()) {
                long began = System.nanoTime();
                embedded += setup.embedder().embed(text).tokens();
                nanos += System.nanoTime() - began;
            }
        }
    }
}
