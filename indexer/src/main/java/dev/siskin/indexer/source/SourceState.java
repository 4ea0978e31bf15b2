package dev.siskin.indexer.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A number that changes with the files of some sources: their names, times and sizes, and those of the files beside them
 * that hold their metadata. Nothing is opened.
 */
public final class SourceState {
    private SourceState() {}

    /** Walks all files. */
    public static long of(Sources sources) throws InterruptedException {
        var visitor = new FileVisitor() {
            private long state;

            @Override
            public boolean looksInside() {
                return false;
            }

            @Override
            public boolean file(SourceFile file) throws InterruptedException {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                add(file.path());
                Sources.sidecar(file).ifPresent(this::add);
                return true;
            }

            // Added up, so that the order does not matter.
            private void add(Path file) {
                long stamp;
                try {
                    stamp = Files.getLastModifiedTime(file).toMillis() * 31 + Files.size(file);
                } catch (IOException unreadable) {
                    stamp = -1;
                }
                state += mixed(file.toString().hashCode() * 0x9E3779B97F4A7C15L + stamp);
            }

            @Override
            public void unreadable(SourceFile file, String reason, String remedy) {
                state += mixed(file.id().hashCode());
            }

            @Override
            public void malformed(SourceFile file, String where, String reason, String remedy) {
                state += mixed(where.hashCode());
            }

            @Override
            public void unreachable(Path path, String reason) {
                state += mixed(path.hashCode());
            }
        };
        sources.walk(visitor);
        return visitor.state;
    }

    private static long mixed(long value) {
        long mixed = (value ^ (value >>> 32)) * 0xD6E8FEB86659FD93L;
        return mixed ^ (mixed >>> 29);
    }
}
