package dev.siskin.indexer.progress;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What a run has done so far. Thread-safe: every stage counts here, and the display reads. */
public final class RunProgress {
    private static final int MAX_FAILURES = 1000;

    private final LongAdder added = new LongAdder();
    private final LongAdder replaced = new LongAdder();
    private final LongAdder unchanged = new LongAdder();
    private final LongAdder removed = new LongAdder();
    private final LongAdder chunks = new LongAdder();
    private final LongAdder resumed = new LongAdder();
    private final LongAdder embeddedChunks = new LongAdder();
    private final LongAdder tokens = new LongAdder();
    private final StopSignal stop;
    private final List<Failure> failures = new ArrayList<>();
    private final LongAdder failed = new LongAdder();
    private final LongAdder failuresState = new LongAdder();
    private volatile boolean hasPassingFailures;
    private volatile long found;
    private volatile String currentFile = "";
    private volatile String notice = "";
    private volatile @Nullable String notPruned;

    public RunProgress() {
        this(new StopSignal());
    }

    /** @param stop that may end the run */
    public RunProgress(StopSignal stop) {
        this.stop = stop;
    }

    /** Documents this run has to look at, once counted; not called where they cannot be. */
    public void found(long documents) {
        found = documents;
    }

    /** The file that is being read. */
    public void reading(String file) {
        currentFile = file;
    }

    /** Something the user should see as it lasts, such as a busy service; empty = nothing. */
    public void notice(String text) {
        notice = text;
    }

    public void added() {
        added.increment();
    }

    public void replaced() {
        replaced.increment();
    }

    public void unchanged() {
        unchanged.increment();
    }

    /** Documents of which the file is gone. */
    public void removed(long documents) {
        removed.add(documents);
    }

    /** Counts a document that could not be indexed; none once the user has ended the run, which makes readers fail too. */
    public void failed(Failure failure) {
        if (stop.reason().filter(StopSignal.Reason::interrupted).isPresent()) {
            return;
        }
        failed.increment();
        // Added up, so that the order does not matter.
        failuresState.add(mixed(Objects.hash(failure.document(), failure.reason())));
        if (failure.retry() != Retry.NEVER) {
            hasPassingFailures = true;
        }
        synchronized (failures) {
            if (failures.size() < MAX_FAILURES) {
                failures.add(failure);
            }
        }
    }

    private static long mixed(int hash) {
        long mixed = hash * 0x9E3779B97F4A7C15L;
        return mixed ^ (mixed >>> 29);
    }

    /** A number that changes with which documents failed and why, all of them, in whatever order. */
    public long failuresState() {
        return failuresState.sum();
    }

    /** Whether a document failed for a reason that may pass. */
    public boolean hasPassingFailures() {
        return hasPassingFailures;
    }

    /** Whether the run is to end early, so that what fails from now on says nothing of the document. */
    public boolean isStopping() {
        return stop.reason().isPresent();
    }

    /** Nothing was removed although that was asked for; why, and what to do. */
    public void notPruned(String why) {
        notPruned = why;
    }

    /** Why nothing was removed; empty where that was done, or not asked for. */
    public Optional<String> notPruned() {
        return Optional.ofNullable(notPruned);
    }

    /** Chunks that arrived with their document. */
    public void stored(int newChunks) {
        chunks.add(newChunks);
    }

    /** Chunks that need not be embedded nor sent: the service has them of an earlier run that did not end. */
    public void resumed(int newChunks) {
        resumed.add(newChunks);
    }

    /** Tokens of one chunk that was embedded. */
    public void embedded(int newTokens) {
        embeddedChunks.increment();
        tokens.add(newTokens);
    }

    /** All counts as they are now. */
    public Snapshot snapshot() {
        return new Snapshot(
                found,
                added.sum(),
                replaced.sum(),
                unchanged.sum(),
                removed.sum(),
                failed.sum(),
                chunks.sum(),
                resumed.sum(),
                embeddedChunks.sum(),
                tokens.sum(),
                currentFile,
                notice);
    }

    /** The failures so far, in the order they came, of which {@value #MAX_FAILURES} are kept. */
    public List<Failure> failures() {
        synchronized (failures) {
            return List.copyOf(failures);
        }
    }

    /** Counts at one moment. */
    public record Snapshot(
            long found,
            long added,
            long replaced,
            long unchanged,
            long removed,
            long failed,
            long chunks,
            long resumed,
            long embeddedChunks,
            long tokens,
            String currentFile,
            String notice) {
        /** Documents that need nothing more. */
        public long done() {
            return added + replaced + unchanged + failed;
        }
    }
}
