package dev.siskin.indexer;

import dev.siskin.api.Document;
import dev.siskin.http.ServiceException;
import dev.siskin.indexer.progress.Failure;
import dev.siskin.indexer.progress.Retry;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.reading.DocumentReader;
import dev.siskin.indexer.reading.ReadFailures;
import dev.siskin.indexer.reading.ReadLimits;
import dev.siskin.indexer.reading.UnreadableDocumentException;
import dev.siskin.indexer.sending.ContentHash;
import dev.siskin.indexer.sending.GaveUpException;
import dev.siskin.indexer.sending.Patience;
import dev.siskin.indexer.source.FileVisitor;
import dev.siskin.indexer.source.SeenIds;
import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.Sources;
import dev.siskin.indexer.source.Spool;
import dev.siskin.indexer.source.TimedReads;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * The first stage: walks the sources, hashes every file and asks the service, some hundred at a time, which of them it
 * holds as they are. The rest goes on. The service's hashes are the only state there is, so that nothing can be lost
 * with a run that is killed.
 */
final class ChangeFinder {
    private static final int IDS_PER_REQUEST = 256;
    private static final long MAX_UNASKED_COPIES = 32L * 1024 * 1024;

    private final Hashes stored;
    private final Patience patience;
    private final ContentHash hash;
    private final RunProgress progress;
    private final BlockingQueue<ChangedFile> changed;
    private final Spool spool;
    private final EarlierRuns earlier;
    private final ReadLimits limits;
    private final List<ChangedFile> unasked = new ArrayList<>();
    private final SeenIds seen = new SeenIds();
    private final Set<String> withFiles = new HashSet<>();
    private final Set<String> unread = new HashSet<>();
    private long unaskedCopies;
    private boolean isComplete = true;

    /** Asks which documents are stored, and with which content hash. */
    @FunctionalInterface
    interface Hashes {
        Map<String, @Nullable String> of(List<String> ids);
    }

    ChangeFinder(
            Hashes stored,
            Patience patience,
            ContentHash hash,
            RunProgress progress,
            BlockingQueue<ChangedFile> changed,
            Spool spool,
            EarlierRuns earlier,
            ReadLimits limits) {
        this.stored = stored;
        this.patience = patience;
        this.hash = hash;
        this.progress = progress;
        this.changed = changed;
        this.spool = spool;
        this.earlier = earlier;
        this.limits = limits;
    }

    /** How many documents the sources hold; empty where that cannot be told without unpacking what they lie in. */
    static OptionalLong count(Sources sources) throws InterruptedException {
        var counter = new FileVisitor() {
            private long files;
            private boolean isUncountable;

            @Override
            public boolean readsContent() {
                return false;
            }

            @Override
            public boolean uncountable() {
                isUncountable = true;
                return false;
            }

            @Override
            public boolean file(SourceFile file) throws InterruptedException {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                files++;
                return true;
            }

            @Override
            public void unreadable(SourceFile file, String reason, String remedy) {
                files++;
            }

            @Override
            public void malformed(SourceFile file, String where, String reason, String remedy) {
                files++;
            }

            @Override
            public void unreachable(Path path, String reason) {
                files++;
            }
        };
        sources.walk(counter);
        return counter.isUncountable ? OptionalLong.empty() : OptionalLong.of(counter.files);
    }

    /** Walks to the end; waits while the queue of changed files is full. */
    void find(Sources sources) throws GaveUpException, InterruptedException {
        var gaveUp = new ArrayList<GaveUpException>();
        sources.walk(new FileVisitor() {
            @Override
            public boolean file(SourceFile file) throws InterruptedException {
                try {
                    withFiles.add(file.source());
                    if (seen.add(file.id())) {
                        look(file);
                    } else {
                        spool.discard(file);
                        progress.failed(new Failure(
                                file.id(),
                                "there is another one of this id in the run",
                                "give each an id of its own",
                                Retry.NEVER));
                    }
                    return true;
                } catch (GaveUpException reason) {
                    gaveUp.add(reason);
                    return false;
                } catch (ServiceException refusal) {
                    // Not to be taken for damage of the archive that the walk is in.
                    gaveUp.add(new GaveUpException("the service refuses: " + refusal.detail()));
                    return false;
                }
            }

            @Override
            public void unreadable(SourceFile file, String reason, String remedy) {
                unread(file, new Failure(file.id(), reason, remedy, Retry.NEVER));
            }

            @Override
            public void unreadableForNow(SourceFile file, String reason, String remedy) {
                unread(file, new Failure(file.id(), reason, remedy));
            }

            private void unread(SourceFile file, Failure failure) {
                seen.add(file.id());
                unread.add(file.id() + "/");
                progress.failed(failure);
            }

            @Override
            public void malformed(SourceFile file, String where, String reason, String remedy) {
                unread.add(file.id() + "/");
                progress.failed(new Failure(where, reason, remedy, Retry.NEVER));
            }

            @Override
            public void unreachable(Path path, String reason) {
                isComplete = false;
                progress.failed(new Failure(path.toString(), reason, "correct it and run again"));
            }
        });
        if (!gaveUp.isEmpty()) {
            throw gaveUp.getFirst();
        }
        ask();
    }

    /** Whether a document was found, or may be in a file that could not be read; once {@link #find} has returned. */
    boolean hasSeen(String id) {
        return seen.has(id) || unread.stream().anyMatch(id::startsWith);
    }

    /** Whether a source has any file. */
    boolean hasFiles(String source) {
        return withFiles.contains(source);
    }

    /** Whether every folder could be looked into, so that what was not seen is not there. */
    boolean isComplete() {
        return isComplete;
    }

    private void look(SourceFile file) throws GaveUpException, InterruptedException {
        int idBytes = file.id().getBytes(StandardCharsets.UTF_8).length;
        if (idBytes > Document.MAX_ID_BYTES) {
            spool.discard(file);
            progress.failed(new Failure(
                    file.id(),
                    "its id has %d bytes, over the limit of %d".formatted(idBytes, Document.MAX_ID_BYTES),
                    "shorten its path, or index a folder further down",
                    Retry.NEVER));
            return;
        }
        try {
            FileTime modified = Files.getLastModifiedTime(file.path());
            long size = Files.size(file.path());
            if (file.record().isEmpty()) {
                // Before it is hashed: that takes long where it is huge, and for ever where it only seems to be a file.
                DocumentReader.check(size, limits);
            }
            unasked.add(new ChangedFile(file, hash(file, modified, size), false, modified, size));
            unaskedCopies += file.isOwnCopy() ? size : 0;
        } catch (UnreadableDocumentException refused) {
            spool.discard(file);
            progress.failed(failure(file, refused));
        } catch (IOException unread) {
            spool.discard(file);
            progress.failed(failure(file, ReadFailures.ofSystem(unread)));
        }
        if (unasked.size() == IDS_PER_REQUEST || unaskedCopies > MAX_UNASKED_COPIES) {
            ask();
        }
    }

    /** Where hashing takes too long there is no hash to know the file again by, so its time and size stand for it. */
    private String hash(SourceFile file, FileTime modified, long size) throws IOException, UnreadableDocumentException {
        var unhashed = new ChangedFile(file, modified + " " + size, false, modified, size);
        Optional<Failure> known = earlier.slow().of(unhashed);
        if (known.isPresent()) {
            throw unreadable(known.get());
        }
        try {
            return earlier.hashes().of(file, hash);
        } catch (TimedReads.TooSlowException slow) {
            throw unreadable(earlier.slow().remember(unhashed, failure(file, ReadFailures.ofSystem(slow))));
        }
    }

    private static Failure failure(SourceFile file, UnreadableDocumentException why) {
        return new Failure(file.id(), String.valueOf(why.getMessage()), why.remedy(), why.retry());
    }

    private static UnreadableDocumentException unreadable(Failure failure) {
        return new UnreadableDocumentException(failure.reason(), failure.remedy(), failure.retry());
    }

    private void ask() throws GaveUpException, InterruptedException {
        if (unasked.isEmpty()) {
            return;
        }
        List<String> ids =
                unasked.stream().map(candidate -> candidate.file().id()).toList();
        Map<String, @Nullable String> hashes = patience.call(() -> stored.of(ids));
        for (ChangedFile candidate : unasked) {
            @Nullable String storedHash = hashes.get(candidate.file().id());
            Optional<Failure> failure = earlier.failures().of(candidate);
            if (candidate.contentHash().equals(storedHash)) {
                progress.unchanged();
                spool.discard(candidate.file());
            } else if (failure.isPresent()) {
                progress.failed(failure.get());
                spool.discard(candidate.file());
            } else {
                spool.admit(candidate.file(), candidate.size());
                changed.put(new ChangedFile(
                        candidate.file(),
                        candidate.contentHash(),
                        storedHash != null,
                        candidate.modified(),
                        candidate.size()));
            }
        }
        unasked.clear();
        unaskedCopies = 0;
    }
}
