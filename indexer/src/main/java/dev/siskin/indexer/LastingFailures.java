package dev.siskin.indexer;

import dev.siskin.indexer.progress.Failure;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The documents that could not be read and will not be until they change, so that a process that looks at the same files
 * again and again reads none of them in vain. Thread-safe.
 */
final class LastingFailures {
    private record Known(String contentHash, Failure failure) {}

    private final Map<String, Known> known = new ConcurrentHashMap<>();
    private final int most;

    /** @param most that are remembered */
    LastingFailures(int most) {
        this.most = most;
    }

    /** Keeps why a document cannot be read; nothing where that may pass. */
    void remember(ChangedFile document, Failure failure) {
        if (failure.lasting() && known.size() < most) {
            known.put(document.file().id(), new Known(document.contentHash(), failure));
        }
    }

    /** Why a document cannot be read; empty where that is not known, or it has changed since. */
    Optional<Failure> of(ChangedFile document) {
        Known before = known.get(document.file().id());
        if (before == null || before.contentHash().equals(document.contentHash())) {
            return Optional.ofNullable(before).map(Known::failure);
        }
        known.remove(document.file().id(), before);
        return Optional.empty();
    }
}
