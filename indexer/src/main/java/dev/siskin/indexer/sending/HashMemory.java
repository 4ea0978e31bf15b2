package dev.siskin.indexer.sending;

import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The content hashes of files that have not changed since, by their times and sizes: for one process that looks at the same
 * files again and again. Some three hundred bytes a file. For one thread at a time.
 */
public final class HashMemory {
    /** A file written to later than this before its hash was taken may have been written to again in the same tick. */
    private static final Duration SETTLED = Duration.ofSeconds(3);

    private record Known(FileTime modified, long size, String hash) {}

    private final Map<String, Known> known = new HashMap<>();
    private final int most;

    /** @param most files that are remembered */
    public HashMemory(int most) {
        this.most = most;
    }

    /** Forgets the files of which this is not so: those that are gone would take the room of others. */
    public void retain(Predicate<String> isThere) {
        known.keySet().removeIf(isThere.negate());
    }

    /** As {@link ContentHash#of}, without reading the file where its hash is known. */
    public String of(SourceFile file, ContentHash hash) throws IOException {
        boolean mayBeKnown = !file.isCopy()
                && file.record().isEmpty()
                && Sources.sidecar(file).isEmpty();
        if (!mayBeKnown) {
            return hash.of(file);
        }
        FileTime modified = Files.getLastModifiedTime(file.path());
        long size = Files.size(file.path());
        Known before = known.get(file.id());
        if (before != null && before.modified.equals(modified) && before.size == size) {
            return before.hash;
        }
        Instant began = Instant.now();
        String fresh = hash.of(file);
        boolean room = known.size() < most || before != null;
        if (room && modified.toInstant().isBefore(began.minus(SETTLED))) {
            known.put(file.id(), new Known(modified, size, fresh));
        } else {
            known.remove(file.id());
        }
        return fresh;
    }
}
