package dev.siskin.retrieval.reembed;

import dev.siskin.api.Document;
import dev.siskin.api.ReembedStatus;
import dev.siskin.embedding.Embedder;
import dev.siskin.retrieval.collection.Collection;
import dev.siskin.retrieval.collection.CollectionKey;
import dev.siskin.retrieval.collection.CollectionManifest;
import dev.siskin.retrieval.collection.Collections;
import dev.siskin.retrieval.collection.DiskReserve;
import dev.siskin.retrieval.collection.DurableFiles;
import dev.siskin.retrieval.collection.InvalidDocumentException;
import dev.siskin.retrieval.collection.PreparedDocument;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.collection.Snapshot;
import dev.siskin.retrieval.collection.StoredDocuments;
import dev.siskin.retrieval.collection.SuccessorIndex;
import dev.siskin.retrieval.search.Embedders;
import dev.siskin.retrieval.search.ModelLease;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One re-embedding: brings an index of its own to hold the same documents as the live one, with vectors of another model,
 * and puts it in the live one's place.
 *
 * <h2>Passes</h2>
 *
 * A pass compares all documents of both indexes by id and stamp and copies what differs, a page at a time from a fresh
 * snapshot, so that no old segment is kept for long. While it runs the live index is written to; the next pass finds what
 * has changed. When at most {@value #LAST_DOCUMENTS} documents of {@value #LAST_CHUNKS} chunks differ they are copied with
 * the writers held still, and the indexes change places. A pass needs no memory of the one before: after a kill the first
 * one finds what was committed. Parts of documents that are still coming are not copied: they have to be sent again.
 *
 * <h2>Memory</h2>
 *
 * As many chunks of a document with their vectors as a line may have, a page of ids, and a Lucene writer like that of any
 * collection.
 */
final class Reembedding implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Reembedding.class);

    /** Documents copied from one snapshot. */
    private static final int PAGE = 64;

    /** Documents that may be copied while writers wait. */
    private static final int LAST_DOCUMENTS = 16;

    /** Chunks that may be embedded while writers wait: a few seconds. */
    private static final int LAST_CHUNKS = 128;

    /** Passes until writers wait for as many documents as differ: they are faster than the model. */
    private static final int MOST_PASSES = 10;

    /** Chunks after which a kill does not cost their vectors any more: some twenty seconds of work. */
    private static final int COMMIT_CHUNKS = 500;

    private final CollectionKey key;
    private final ReembedOrder order;
    private final Path folder;
    private final Collections collections;
    private final Embedders embedders;
    private final DiskReserve disk;
    private final Clock clock;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicLong documentsDone = new AtomicLong();
    private final AtomicLong chunksEmbedded = new AtomicLong();

    private volatile ReembedStatus.State state = ReembedStatus.State.WAITING;
    private volatile long documentsTotal;
    private volatile long generation;
    private volatile @Nullable String error;
    private volatile @Nullable Instant running;
    private volatile boolean cancelled;
    private volatile boolean stopped;
    private long copied;
    private int uncommittedChunks;

    /** @param folder where the order lies and the index is built */
    Reembedding(
            CollectionKey key,
            ReembedOrder order,
            Path folder,
            Collections collections,
            Embedders embedders,
            DiskReserve disk,
            Clock clock) {
        this.key = key;
        this.order = order;
        this.folder = folder;
        this.collections = collections;
        this.embedders = embedders;
        this.disk = disk;
        this.clock = clock;
    }

    /** Ends a pass early. */
    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Stopped() {
            super(null, null, false, false);
        }
    }

    ReembedOrder order() {
        return order;
    }

    boolean hasEnded() {
        return state.isEnd();
    }

    ReembedStatus status() {
        ReembedStatus.State now = state;
        return new ReembedStatus(
                key.name(),
                now,
                order.embeddingModel(),
                order.quantization(),
                Math.min(documentsDone.get(), documentsTotal),
                documentsTotal,
                chunksEmbedded.get(),
                order.started(),
                now == ReembedStatus.State.RUNNING ? eta() : null,
                now == ReembedStatus.State.DONE ? generation : null,
                error);
    }

    private @Nullable Long eta() {
        Instant since = running;
        long done = copied;
        if (since == null || done == 0) {
            return null;
        }
        long left = Math.max(0, documentsTotal - documentsDone.get());
        return Duration.between(since, clock.instant()).toMillis() * left / done / 1_000;
    }

    /** Gives it up. */
    void cancel() {
        cancelled = true;
    }

    boolean isCancelled() {
        return cancelled;
    }

    /** It will not run: nobody need wait for it. */
    void drop() {
        ended.countDown();
    }

    /** Waits until it has ended or was dropped. */
    void awaitEnd() throws InterruptedException {
        ended.await();
    }

    /** Ends it for now; the next process goes on with it. */
    void stop() {
        stopped = true;
    }

    @Override
    public void run() {
        try {
            if (stopped) {
                return;
            }
            running = clock.instant();
            state = ReembedStatus.State.RUNNING;
            reembed();
            removeWork();
            LOG.info("{} has vectors of {}, generation {}", key, order.embeddingModel(), generation);
            state = ReembedStatus.State.DONE;
        } catch (Stopped early) {
            LOG.info("re-embedding of {} {}", key, cancelled ? "was cancelled" : "goes on at the next start");
            if (cancelled) {
                removeWork();
            }
            state = cancelled ? ReembedStatus.State.CANCELLED : ReembedStatus.State.WAITING;
        } catch (IOException | RuntimeException | Error failure) {
            fail(failure);
        } finally {
            ended.countDown();
        }
    }

    private void fail(Throwable failure) {
        if (!collections.has(key)) {
            LOG.info("re-embedding of {} ended with the collection", key);
        } else {
            LOG.error("re-embedding of {} failed: {}", key, failure.toString());
        }
        error = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        if (failure instanceof RetrievalException refused && refused.kind() == RetrievalException.Kind.CONFLICT) {
            removeWork(); // another index came between: nothing of it can be used again
        }
        state = ReembedStatus.State.FAILED;
    }

    private void removeWork() {
        try {
            DurableFiles.deleteTree(folder);
        } catch (IOException left) {
            LOG.warn("{} could not be removed: {}", folder, left.toString());
        }
    }

    private void reembed() throws IOException {
        try (ModelLease model = embedders.named(order.embeddingModel())) {
            reembed(model.embedder());
        }
    }

    private void reembed(Embedder embedder) throws IOException {
        if (!embedder.fingerprint().id().equals(order.embedder())) {
            throw new RetrievalException(
                    RetrievalException.Kind.CONFLICT,
                    "the model %s has changed since: ask for the re-embedding again".formatted(order.embeddingModel()));
        }
        CollectionManifest source;
        try (Collection live = collections.get(key)) {
            source = requireSource(live).manifest();
        }
        CollectionManifest target = source.reembedded(
                new CollectionManifest.Spec(
                        order.embeddingModel(),
                        order.quantization(),
                        source.spec().language()),
                embedder.fingerprint());
        var patient = new PatientEmbedder(embedder);
        Path index = folder.resolve(CollectionManifest.FIRST_INDEX);
        try (SuccessorIndex next = collections.openSuccessor(index, target)) {
            int pass = 0;
            do {
                pass++;
                passOver(next, target, patient);
            } while (!changePlaces(next, target, index, patient, pass >= MOST_PASSES));
        }
    }

    /** The live collection, as long as it is the one that the work began with. */
    private Collection requireSource(Collection live) {
        Instant created = order.sourceCreated();
        Instant ofLive = live.manifest().created();
        boolean isAnother = created == null ? ofLive.isAfter(order.started()) : !created.equals(ofLive);
        if (isAnother || !live.manifest().index().equals(order.sourceIndex())) {
            throw new RetrievalException(
                    RetrievalException.Kind.CONFLICT,
                    "collection '%s' was restored or created anew meanwhile; ask for the re-embedding again"
                            .formatted(key.name()));
        }
        return live;
    }

    private void passOver(SuccessorIndex next, CollectionManifest target, PatientEmbedder embedder) throws IOException {
        long examined = 0;
        Optional<BytesRef> after = Optional.empty();
        do {
            requireGoingOn();
            try (Collection collection = collections.get(key);
                    Snapshot live = requireSource(collection).snapshot()) {
                documentsTotal = live.documents();
                SuccessorIndex.Difference difference = next.compare(live, after, PAGE);
                examined += difference.same();
                for (String id : difference.changed()) {
                    requireGoingOn();
                    copy(live, id, next, target, embedder);
                    examined++;
                    copied++;
                    documentsDone.accumulateAndGet(examined, Math::max);
                }
                documentsDone.accumulateAndGet(examined, Math::max);
                remove(next, difference);
                commitNowAndThen(next, live);
                after = difference.last();
            }
        } while (after.isPresent());
        next.commit(0, Map.of());
        uncommittedChunks = 0;
    }

    private void requireGoingOn() {
        if (cancelled || stopped) {
            throw new Stopped();
        }
    }

    private void copy(
            Snapshot live, String id, SuccessorIndex next, CollectionManifest target, PatientEmbedder embedder)
            throws IOException {
        var stored = new StoredDocuments(live);
        int dimensions = target.embedder().dimensions();
        try {
            int before = 0;
            boolean goesOn = true;
            while (goesOn) {
                requireGoingOn();
                Optional<Document> document = stored.document(id, before);
                if (document.isEmpty()) {
                    return;
                }
                goesOn = document.get().more() != null;
                PreparedDocument prepared = PreparedDocument.of(document.get(), dimensions, embedder::embed);
                if (before == 0 && !goesOn) {
                    next.put(live, prepared);
                } else {
                    next.put(live, prepared, before, !goesOn);
                }
                before += prepared.chunks().size();
                chunksEmbedded.addAndGet(prepared.chunks().size());
                uncommittedChunks += prepared.chunks().size();
            }
        } catch (InvalidDocumentException impossible) {
            throw new IOException(
                    "document '%s' cannot be embedded: %s".formatted(id, impossible.getMessage()), impossible);
        }
    }

    private static long chunks(Snapshot live, List<String> ids) throws IOException {
        var stored = new StoredDocuments(live);
        long chunks = 0;
        for (String id : ids) {
            chunks += stored.chunks(id).length;
        }
        return chunks;
    }

    private static void remove(SuccessorIndex next, SuccessorIndex.Difference difference) throws IOException {
        for (String id : difference.gone()) {
            next.delete(id);
        }
    }

    private void commitNowAndThen(SuccessorIndex next, Snapshot live) throws IOException {
        if (uncommittedChunks >= COMMIT_CHUNKS) {
            disk.require("going on with the re-embedding", 0);
            next.commit(0, live.metadataTypes());
            uncommittedChunks = 0;
        }
    }

    /** The last, small pass and the switch; false where too much differs for now. */
    private boolean changePlaces(
            SuccessorIndex next, CollectionManifest target, Path index, PatientEmbedder embedder, boolean atAnyRate)
            throws IOException {
        embedder.hurry();
        try (Collection kept = collections.get(key)) {
            requireSource(kept);
            return collections.replace(key, 0, (open, home, least) -> {
                if (open.isEmpty()) {
                    return Optional.empty();
                }
                if (!copyLast(requireSource(open.get()), next, target, embedder, atAnyRate, least)) {
                    return Optional.empty();
                }
                next.close();
                String name = CollectionManifest.nextIndex(home);
                DurableFiles.move(index, home.resolve(name));
                generation = least;
                return Optional.of(new Collections.Successor(target.at(key.name(), name), least));
            });
        } finally {
            embedder.relax();
        }
    }

    private boolean copyLast(
            Collection quiet,
            SuccessorIndex next,
            CollectionManifest target,
            PatientEmbedder embedder,
            boolean atAnyRate,
            long newGeneration)
            throws IOException {
        try (Snapshot live = quiet.snapshot()) {
            Optional<BytesRef> after = Optional.empty();
            do {
                SuccessorIndex.Difference difference = next.compare(live, after, LAST_DOCUMENTS);
                after = difference.last();
                if (!atAnyRate && (after.isPresent() || chunks(live, difference.changed()) > LAST_CHUNKS)) {
                    return false;
                }
                for (String id : difference.changed()) {
                    copy(live, id, next, target, embedder);
                }
                remove(next, difference);
            } while (after.isPresent());
            next.loseParts(live);
            next.commit(newGeneration, live.metadataTypes());
            documentsTotal = live.documents();
            documentsDone.set(documentsTotal);
            return true;
        }
    }
}
