package dev.siskin.indexer.source;

import java.nio.file.Path;

/** Receives what a walk over the sources finds, in order. */
public interface FileVisitor {
    /** A file to index; false ends the walk. */
    boolean file(SourceFile file) throws InterruptedException;

    /** A file that is there and leads nowhere for now; the walk goes on. */
    void unreadable(SourceFile file, String reason);

    /** A folder, or what may be one, that cannot be looked into; the walk goes on. */
    void unreachable(Path path, String reason);
}
