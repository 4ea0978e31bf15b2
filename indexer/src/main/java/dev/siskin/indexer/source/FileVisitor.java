package dev.siskin.indexer.source;

import java.nio.file.Path;

/** Receives what a walk over the sources finds, in order. */
public interface FileVisitor {
    /** A file to index; false ends the walk. */
    boolean file(SourceFile file) throws InterruptedException;

    /** A folder or file that cannot be reached; the walk goes on. */
    void unreachable(Path path, String reason);
}
