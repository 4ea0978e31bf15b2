package dev.siskin.retrieval.collection;

import dev.siskin.api.DocumentResult.Status;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.SearcherManager;

/**
 * Documents that come in parts, {@code "more":true} on all but the last.
 *
 * <p>Each part is written as it comes, hidden, so that no more than one is on the heap, and a part that was answered for
 * survives a restart. The last one shows them all, and takes the place of the version before, in one commit: the
 * operations of {@link #publish} must not be torn apart by one, which its caller sees to.
 *
 * <p>The parts of one id and content hash belong together, whoever sends them: a line that is here already changes
 * nothing, so that a request can be sent again, and two that send the same document help each other. Versions of
 * different hashes come side by side, and the one that ends last stays. Replacing or deleting a document therefore leaves
 * alone what is still coming. A numbered part of other chunks than the one that is here takes its place, and those after it
 * go: a sender that cuts the document otherwise starts over without another word. Parts whose last one does not come within {@link #ABANDONED_AFTER} are reclaimed.
 *
 * <p>An index that takes the place of another has none of the parts, and remembers that they are {@link #lose lost}, as
 * does one whose parts of a version were {@linkplain #withdraw withdrawn}: a later part without the number of its line is the end of a document or a document of its own, which only the parts
 * before it can tell.
 *
 * <p>All operations on one id are made under its writer's lock of that id.
 */
final class DocumentParts {
    /** A document of which no part has come for so long is given up. */
    static final Duration ABANDONED_AFTER = Duration.ofDays(7);

    private final SearcherManager searchers;
    private final InstantSource clock;

    DocumentParts(SearcherManager searchers, InstantSource clock) {
        this.searchers = searchers;
        this.clock = clock;
    }

    /** The parts that are here, counting what the session has not committed yet. */
    WriterSession.Coming coming(WriterSession current, String token) throws IOException {
        WriterSession.Coming uncommitted = current.coming.get(token);
        if (uncommitted != null) {
            return uncommitted;
        }
        try (Snapshot snapshot = Snapshot.acquire(searchers)) {
            return new WriterSession.Coming(new StoredDocuments(snapshot).partial(token), -1);
        }
    }

    /** Writes the first part of a document, dropping what is here of an earlier attempt. */
    CollectionWriter.Written begin(WriterSession current, PreparedDocument part, DocumentLine line, String token)
            throws IOException {
        var _ = drop(current, token);
        return hide(current, part, PartialDocument.first(token, part, line));
    }

    /** Writes a part that neither begins nor ends its document. */
    CollectionWriter.Written add(
            WriterSession current, PreparedDocument part, DocumentLine line, PartialDocument before)
            throws IOException {
        PreparedDocument completed = before.completed(part);
        return hide(current, completed, before(current, line, before).with(completed, line));
    }

    /** The document with the parts that a line follows; those of its number and after it are dropped. */
    private PartialDocument before(WriterSession current, DocumentLine line, PartialDocument standing)
            throws IOException {
        int kept = line.follows(standing);
        if (kept == standing.parts().size()) {
            return standing;
        }
        PartialDocument before = standing.upTo(kept);
        long sequence = current.writer.deleteDocuments(ChunkSchema.hiddenParts(before.token(), before.chunks()));
        current.coming.put(before.token(), new WriterSession.Coming(Optional.of(before), sequence));
        return before;
    }

    private CollectionWriter.Written hide(WriterSession current, PreparedDocument part, PartialDocument partial)
            throws IOException {
        Map<String, MetadataType> types = current.metadataTypes.admit(part.metadata());
        long sequence = current.writer.addDocuments(ChunkSchema.part(part, partial, types, clock.instant()));
        current.coming.put(partial.token(), new WriterSession.Coming(Optional.of(partial), sequence));
        return new CollectionWriter.Written(Status.UNCHANGED, sequence);
    }

    /**
     * Writes the last part and shows the document in place of the version before. No commit may come between: what could
     * be refused for its content is written first.
     */
    CollectionWriter.Written publish(
            WriterSession current,
            Optional<WriterSession.Pending> stored,
            PreparedDocument lastPart,
            DocumentLine line,
            PartialDocument standing)
            throws IOException {
        PreparedDocument completed = standing.completed(lastPart);
        Map<String, MetadataType> types = current.metadataTypes.admit(completed.metadata());
        PartialDocument before = before(current, line, standing);
        current.writer.updateDocuments(
                ChunkSchema.whole(completed.id()), ChunkSchema.lastPart(completed, before, types));
        deleteChunks(current, stored);
        current.writer.deleteDocuments(new Term(ChunkSchema.PART_OF, before.token()));
        long sequence = ChunkSchema.show(current.writer, before.token());
        current.coming.put(before.token(), new WriterSession.Coming(Optional.empty(), sequence));
        var hash = Optional.ofNullable(completed.contentHash());
        current.pending.put(
                completed.id(), new WriterSession.Pending(true, hash, Optional.of(before.token()), sequence));
        return new CollectionWriter.Written(stored.isPresent() ? Status.REPLACED : Status.CREATED, sequence);
    }

    /** Drops the parts that are here of a document that is stored otherwise or sent anew; empty: there are none. */
    Optional<Long> drop(WriterSession current, String token) throws IOException {
        if (coming(current, token).partial().isEmpty()) {
            return Optional.empty();
        }
        long sequence =
                current.writer.deleteDocuments(ChunkSchema.inParts(token), new Term(ChunkSchema.PART_OF, token));
        current.coming.put(token, new WriterSession.Coming(Optional.empty(), sequence));
        return Optional.of(sequence);
    }

    /**
     * Drops the parts that are here of a document whose last one will not come, and remembers that: somebody else may be
     * sending the same version, whose end would be a document of its own. Empty: there are none. No commit may come between.
     */
    Optional<Long> withdraw(WriterSession current, String token) throws IOException {
        Optional<PartialDocument> here = coming(current, token).partial();
        if (here.isEmpty() || here.get().isLost()) {
            return Optional.empty();
        }
        var _ = drop(current, token);
        PartialDocument lost = here.get().upTo(0);
        long sequence = current.writer.addDocument(ChunkSchema.lostParts(token, lost.firstStart(), clock.instant()));
        current.coming.put(token, new WriterSession.Coming(Optional.of(lost), sequence));
        return Optional.of(sequence);
    }

    /**
     * Drops all parts in an index that is to take another's place, and remembers which documents they were of.
     *
     * @param coming start of the first chunk of each document that is coming, by token
     */
    static void lose(IndexWriter writer, Map<String, Integer> coming, Instant now) throws IOException {
        writer.deleteDocuments(ChunkSchema.hidden());
        for (Map.Entry<String, Integer> document : coming.entrySet()) {
            writer.addDocument(ChunkSchema.lostParts(document.getKey(), document.getValue(), now));
        }
    }

    /** Deletes the chunks of a stored document that came in parts, which have no term of its id. */
    static void deleteChunks(WriterSession current, Optional<WriterSession.Pending> stored) throws IOException {
        Optional<String> token = stored.flatMap(WriterSession.Pending::parts);
        if (token.isPresent()) {
            current.writer.deleteDocuments(ChunkSchema.inParts(token.get()));
        }
    }

    /** Whether there are parts of documents that were given up. */
    boolean areGivenUp(Snapshot snapshot) throws IOException {
        return !givenUp(snapshot).isEmpty();
    }

    /** Drops the parts of documents that were given up; they go with the next commit. Nobody else writes meanwhile. */
    void reclaim(WriterSession current) throws IOException {
        try (Snapshot snapshot = Snapshot.acquire(searchers)) {
            for (String token : givenUp(snapshot)) {
                if (!current.coming.containsKey(token)) {
                    current.writer.deleteDocuments(ChunkSchema.hiddenParts(token));
                    current.writer.deleteDocuments(new Term(ChunkSchema.PART_OF, token));
                }
            }
        }
    }

    private Set<String> givenUp(Snapshot snapshot) throws IOException {
        var latest = new HashMap<String, Instant>();
        new StoredDocuments(snapshot)
                .forEachPart((token, received) -> latest.merge(token, received, (a, b) -> a.isAfter(b) ? a : b));
        latest.values().removeIf(received -> received.plus(ABANDONED_AFTER).isAfter(clock.instant()));
        return latest.keySet();
    }
}
