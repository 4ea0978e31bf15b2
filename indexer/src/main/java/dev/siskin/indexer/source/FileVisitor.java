package dev.siskin.indexer.source;

import java.nio.file.Path;

/** Receives what a walk over the sources finds, in order. */
public interface FileVisitor {
    /** Whether it takes what archives and JSONL files hold, rather than these. */
    default boolean looksInside() {
        return true;
    }

    /** Whether the entries of archives are to be unpacked for it. */
    default boolean readsContent() {
        return true;
    }

    /**
     * Something whose documents cannot be counted without unpacking it, in their place; false ends the walk. Only where
     * nothing is unpacked.
     */
    default boolean uncountable() {
        return true;
    }

    /** A document to index; false ends the walk. */
    boolean file(SourceFile file) throws InterruptedException;

    /** A file that is there and leads nowhere for now, nor does what it may hold; the walk goes on. */
    void unreadable(SourceFile file, String reason, String remedy);

    /** The same for a reason that may pass while the file stays as it is. */
    default void unreadableForNow(SourceFile file, String reason, String remedy) {
        unreadable(file, reason, remedy);
    }

    /** A part of a file that is no document, and of which it is not known which it was; the walk goes on. */
    void malformed(SourceFile file, String where, String reason, String remedy);

    /** A folder, or what may be one, that cannot be looked into; the walk goes on. */
    void unreachable(Path path, String reason);
}
