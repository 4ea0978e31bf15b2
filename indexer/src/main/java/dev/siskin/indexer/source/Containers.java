package dev.siskin.indexer.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks into the files that hold several documents: archives, and JSONL files where the run is over such. */
final class Containers {
    private static final int MAX_DEPTH = 3;

    private final Unpacking unpacking;
    private final FileSelection selection;
    private final TimedReads reads;

    Containers(Unpacking unpacking, FileSelection selection) {
        this.unpacking = unpacking;
        this.selection = selection;
        this.reads = new TimedReads(unpacking.allowance());
    }

    /** Shows a file, or what it holds; false where the visitor ended the walk. */
    boolean show(SourceFile file, FileVisitor visitor) throws InterruptedException {
        if (!visitor.looksInside()) {
            return visitor.file(file);
        }
        if (!visitor.readsContent() && Archives.isCompressedAsAWhole(file.fileName())) {
            return visitor.uncountable();
        }
        return show(file, 0, new UnpackingClock(unpacking.allowance().of(size(file))), visitor);
    }

    private static long size(SourceFile file) {
        try {
            return Files.size(file.path());
        } catch (IOException unknown) {
            return 0;
        }
    }

    private boolean show(SourceFile file, int depth, UnpackingClock clock, FileVisitor visitor)
            throws InterruptedException {
        if (Archives.isArchive(file.fileName())) {
            if (depth == MAX_DEPTH) {
                visitor.unreadable(file, "is an archive in an archive in an archive in an archive", "unpack it");
                return true;
            }
            return showEntries(file, depth, clock, visitor);
        }
        return unpacking.records().isPresent()
                ? showRecords(file, unpacking.records().get(), visitor)
                : visitor.file(file);
    }

    private boolean showEntries(SourceFile archive, int depth, UnpackingClock clock, FileVisitor visitor)
            throws InterruptedException {
        try {
            return Archives.walk(archive.path(), archive.fileName(), clock, new Archives.Visitor() {
                @Override
                public boolean readsContent() {
                    return visitor.readsContent();
                }

                @Override
                public boolean entry(String name, InputStream content) throws IOException, InterruptedException {
                    Optional<String> safe = safe(name);
                    if (safe.isEmpty() || !takes(archive.relativePath() + "/" + safe.get())) {
                        return true;
                    }
                    return showEntry(archive, safe.get(), content, depth, clock, visitor);
                }

                @Override
                public void unreadable(String name, String reason, String remedy) {
                    safe(name)
                            .filter(safe -> takes(archive.relativePath() + "/" + safe))
                            .ifPresent(safe -> visitor.unreadable(archive.entry(safe, archive.path()), reason, remedy));
                }
            });
        } catch (FileSystemException unread) {
            visitor.unreadableForNow(archive, "cannot be read: " + Sources.reason(unread), "correct it and run again");
            return true;
        } catch (IOException damaged) {
            visitor.unreadable(
                    archive,
                    "cannot be unpacked: " + damaged.getMessage(),
                    "unpack it by hand, or correct it; what is indexed of it stays");
            return true;
        }
    }

    private boolean takes(String path) {
        for (int end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
            if (!selection.enters(path.substring(0, end))) {
                return false;
            }
        }
        return (Archives.isArchive(path) && !selection.leavesOut(path))
                || (selection.takes(path) && (unpacking.records().isEmpty() || Sources.mayBeCorpus(path)));
    }

    private boolean showEntry(
            SourceFile archive, String name, InputStream content, int depth, UnpackingClock clock, FileVisitor visitor)
            throws IOException, InterruptedException {
        if (!visitor.readsContent()) {
            boolean holdsSeveral =
                    Archives.isArchive(name) || unpacking.records().isPresent();
            return holdsSeveral ? visitor.uncountable() : visitor.file(archive.entry(name, archive.path()));
        }
        Path copy;
        try {
            copy = unpacking.spool().copy(content, unpacking.maxFileBytes());
        } catch (Spool.TooLongException tooLong) {
            visitor.unreadable(
                    archive.entry(name, archive.path()),
                    String.valueOf(tooLong.getMessage()),
                    "leave it out, or raise indexer.read.max.file.bytes");
            return true;
        } catch (Spool.UnwritableException full) {
            visitor.unreadableForNow(
                    archive.entry(name, archive.path()),
                    "cannot be unpacked: " + full.getMessage(),
                    "make room there, or set TMPDIR, and run again");
            return true;
        }
        SourceFile entry = archive.entry(name, copy);
        if (!Archives.isArchive(name) && unpacking.records().isEmpty()) {
            // The copy is the visitor's from here on.
            return show(entry, depth + 1, clock, visitor);
        }
        unpacking.spool().share(copy);
        try {
            return show(entry, depth + 1, clock, visitor);
        } finally {
            unpacking.spool().letGo(copy);
        }
    }

    /** A name within the archive whatever it says; empty where it names nothing, or something hidden. */
    private static Optional<String> safe(String name) {
        List<String> parts = new ArrayList<>();
        for (String part : name.replace('\\', '/').split("/", -1)) {
            if (part.equals("__MACOSX") || (part.startsWith(".") && !part.equals(".") && !part.equals(".."))) {
                return Optional.empty();
            }
            if (!part.isBlank() && !part.equals(".") && !part.equals("..")) {
                parts.add(part);
            }
        }
        return parts.isEmpty() ? Optional.empty() : Optional.of(String.join("/", parts));
    }

    private boolean showRecords(SourceFile file, RecordFields fields, FileVisitor visitor) throws InterruptedException {
        try {
            return JsonLines.walk(file, fields, reads, new JsonLines.Visitor() {
                @Override
                public boolean record(SourceFile record) throws InterruptedException {
                    unpacking.spool().retain(record);
                    return visitor.file(record);
                }

                @Override
                public void noRecord(String where, String reason, String remedy) {
                    visitor.malformed(file, where, reason, remedy);
                }
            });
        } catch (TimedReads.TooSlowException slow) {
            visitor.unreadableForNow(
                    file, String.valueOf(slow.getMessage()), "split the file, or raise indexer.read.total.timeout");
            return true;
        } catch (IOException gone) {
            visitor.unreadableForNow(file, "cannot be read: " + gone.getMessage(), "correct it and run again");
            return true;
        }
    }
}
