package dev.siskin.retrieval.collection;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A collection on disk, open or not. Opening, closing and deleting hold its lock, so that they wait for each other and
 * for no other collection's; a request that finds it open takes no lock.
 */
final class StoredCollection {
    private static final Logger LOG = LoggerFactory.getLogger(StoredCollection.class);

    /** How long a deletion waits for what else is done to the collection. */
    private static final Duration MOST_WAITING = Duration.ofMillis(500);

    final CollectionKey key;
    final GenerationClock generation;

    private final OpenCollections allOpen;
    private final Opening opening;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile CollectionManifest manifest;
    private volatile @Nullable Collection open;
    /** As the collection was when it was closed; nothing changes it while it is. */
    private @Nullable Counts countsWhenClosed;

    private boolean gone;

    /** Opens the index of a collection. */
    @FunctionalInterface
    interface Opening {
        Collection open(StoredCollection collection) throws IOException;
    }

    StoredCollection(
            CollectionKey key,
            CollectionManifest manifest,
            GenerationClock generation,
            OpenCollections allOpen,
            Opening opening) {
        this.key = key;
        this.manifest = manifest;
        this.generation = generation;
        this.allOpen = allOpen;
        this.opening = opening;
    }

    /** As it is now: another one when another index has taken the place of its own. */
    CollectionManifest manifest() {
        return manifest;
    }

    /** A lease, where it is open; does not block. */
    Optional<Collection> leaseWhereOpen() {
        Collection found = open;
        return found != null && found.lease() ? Optional.of(found) : Optional.empty();
    }

    /**
     * A lease, opened where it is not.
     *
     * @return empty where it was deleted meanwhile
     */
    Optional<Collection> lease() throws IOException {
        Optional<Collection> leased = leaseWhereOpen();
        if (leased.isPresent()) {
            return leased;
        }
        allOpen.makeRoom();
        lock.lock();
        try {
            if (gone) {
                return Optional.empty();
            }
            Collection found = open;
            if (found == null) {
                found = opening.open(this);
                open = found;
                countsWhenClosed = null;
                allOpen.opened(this);
            }
            if (!found.lease()) {
                throw new IllegalStateException("closed without its lock: " + key.name());
            }
            return Optional.of(found);
        } finally {
            lock.unlock();
        }
    }

    /** How long it has not been used; zero while it is. */
    Duration unused() {
        Collection found = open;
        return found == null ? Duration.ZERO : found.unused();
    }

    /**
     * Counts, which opens no collection for longer than that takes.
     *
     * @return empty where it was deleted meanwhile
     */
    Optional<Counts> counts() throws IOException {
        Optional<Collection> leased = leaseWhereOpen();
        if (leased.isPresent()) {
            try (Collection inUse = leased.get()) {
                return Optional.of(inUse.counts());
            }
        }
        lock.lock();
        try {
            if (gone) {
                return Optional.empty();
            }
            Collection found = open;
            if (found != null) {
                return Optional.of(found.counts());
            }
            Counts known = countsWhenClosed;
            if (known == null) {
                known = countAndClose(opening.open(this));
                countsWhenClosed = known;
            }
            return Optional.of(known);
        } finally {
            lock.unlock();
        }
    }

    private static Counts countAndClose(Collection opened) throws IOException {
        try {
            return opened.counts();
        } finally {
            opened.shut();
        }
    }

    /** Commits and closes it where nobody has used it for so long and no merge is under way; waits for nothing. */
    void closeWhereUnused(Duration idle) {
        if (!lock.tryLock()) {
            return;
        }
        try {
            Collection found = open;
            if (found != null && found.unused().compareTo(idle) >= 0 && !found.isMerging() && found.retire()) {
                open = null;
                allOpen.closed(this);
                close(found);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Merges and reclaims what a quiet collection can do without, where it is open; waits for nothing. */
    void tidy() {
        if (!lock.tryLock()) {
            return;
        }
        try {
            Collection found = open;
            if (found != null) {
                found.tidy();
            }
        } catch (RuntimeException failure) {
            LOG.warn("collection {} could not be tidied: {}", key, failure.toString());
        } finally {
            lock.unlock();
        }
    }

    private void close(Collection retired) {
        try {
            countsWhenClosed = retired.commitAndCount();
        } catch (IOException | RuntimeException failure) {
            LOG.error("collection {} did not close cleanly: {}", key, failure.toString());
        } finally {
            shutQuietly(retired);
        }
    }

    private void shutQuietly(Collection retired) {
        try {
            retired.shut();
        } catch (RuntimeException failure) {
            LOG.error("collection {} did not close cleanly: {}", key, failure.toString());
        }
    }

    /** Commits and closes it, whoever uses it: the service stops. */
    void stop() {
        lock.lock();
        try {
            gone = true;
            Collection found = open;
            if (found != null) {
                open = null;
                allOpen.closed(this);
                shutQuietly(found);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes what takes the place of the collection's index. */
    @FunctionalInterface
    interface Replacement {
        /** @param open everything written to it committed, nobody writing; empty where it is not open */
        Optional<Collections.Successor> make(Optional<Collection> open) throws IOException;
    }

    /**
     * Puts another index in the place of its own. Who uses the old one goes on reading it; the next request opens the
     * new one.
     *
     * @param replaced told of the new manifest, once that counts
     * @return false where none was made, and all is as it was; empty where it was deleted meanwhile
     */
    Optional<Boolean> replace(Replacement replacement, Consumer<CollectionManifest> replaced) throws IOException {
        lock.lock();
        try {
            if (gone) {
                return Optional.empty();
            }
            Collection old = open;
            Optional<Collections.Successor> next = old == null
                    ? replacement.make(Optional.empty())
                    : old.whileQuiet(() -> {
                        Optional<Collections.Successor> made = replacement.make(Optional.of(old));
                        if (made.isPresent()) {
                            old.refuseWrites();
                        }
                        return made;
                    });
            if (next.isEmpty()) {
                return Optional.of(false);
            }
            manifest = next.get().manifest();
            countsWhenClosed = null;
            open = null;
            generation.advance(next.get().generation());
            if (old != null) {
                allOpen.closed(this);
                old.closeAfterUse();
            }
            replaced.accept(manifest);
            return Optional.of(true);
        } finally {
            lock.unlock();
        }
    }

    /** An action in which the collection is removed from disk. */
    @FunctionalInterface
    interface Removal {
        void run() throws IOException;
    }

    /**
     * Closes it without a commit, whoever uses it, and removes it; false where somebody else did.
     *
     * @throws IOException where the removal failed: it can be opened again
     * @throws RetrievalException {@code UNAVAILABLE} where its index is being replaced, which may take longer
     */
    boolean remove(Removal removal) throws IOException {
        lockSoon();
        try {
            if (gone) {
                return false;
            }
            Collection found = open;
            if (found != null) {
                open = null;
                allOpen.closed(this);
                found.discard();
            }
            removal.run();
            gone = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void lockSoon() {
        boolean locked = false;
        try {
            locked = lock.tryLock(MOST_WAITING.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
        if (!locked) {
            throw new RetrievalException(
                    RetrievalException.Kind.UNAVAILABLE,
                    "collection '%s' is being opened, or another index is taking the place of its own; try again"
                            .formatted(key.name()));
        }
    }
}
