package dev.siskin.indexer;

import dev.siskin.indexer.progress.Failure;
import dev.siskin.indexer.progress.Retry;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The documents that could not be indexed and will not be until they change, so that a process that looks at the same files
 * again and again reads none of them in vain. Thread-safe.
 */
final class LastingFailures {
    private static final int MORE_TRIES = 2;

    /** @param tries in which it has failed */
    private record Known(String contentHash, Failure failure, int tries) {
        boolean lasts() {
            return failure.retry() == Retry.NEVER;
        }
    }

    private final Map<String, Known> known = new ConcurrentHashMap<>();
    private final int most;

    /** @param most that are remembered */
    LastingFailures(int most) {
        this.most = most;
    }

    /**
     * Keeps why a document is not indexed; nothing where that may pass.
     *
     * @return the failure, as one that lasts where the document was tried often enough
     */
    Failure remember(ChangedFile document, Failure failure) {
        String id = document.file().id();
        if (failure.retry() == Retry.ALWAYS) {
            return failure;
        }
        if (known.size() >= most && !known.containsKey(id)) {
            // Not to be tried in between: it is tried again with the next run anyway.
            return failure.with(Retry.NEVER);
        }
        Known now = known.merge(
                id,
                new Known(document.contentHash(), failure, 1),
                (before, first) -> before.contentHash().equals(first.contentHash())
                        ? new Known(first.contentHash(), failure, before.tries() + 1)
                        : first);
        if (now.tries() <= MORE_TRIES) {
            return failure;
        }
        known.put(id, new Known(now.contentHash(), failure.with(Retry.NEVER), now.tries()));
        return failure.with(Retry.NEVER);
    }

    /** Forgets the documents of which this is not so. */
    void retain(Predicate<String> isThere) {
        known.keySet().removeIf(isThere.negate());
    }

    /** Why a document is not indexed; empty where that is not known or may pass, or it has changed since. */
    Optional<Failure> of(ChangedFile document) {
        Known before = known.get(document.file().id());
        if (before == null || before.contentHash().equals(document.contentHash())) {
            return Optional.ofNullable(before).filter(Known::lasts).map(Known::failure);
        }
        known.remove(document.file().id(), before);
        return Optional.empty();
    }
}
