package dev.siskin.retrieval.collection;

import dev.siskin.api.DocumentResult.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The writes of one request. What it did is durable and visible when {@link #commit} has returned, and not before; a
 * batch that is never committed may be found or not. For one thread at a time.
 */
public final class WriteBatch {
    private final CollectionWriter writer;
    private @Nullable WriterSession session;
    private long lastSequence = -1;

    WriteBatch(CollectionWriter writer) {
        this.writer = writer;
    }

    /** Whether the document is stored with this very hash, so that it need not be embedded nor sent again. */
    public boolean isStored(String id, @Nullable String contentHash) {
        if (contentHash == null) {
            return false;
        }
        try {
            Optional<WriterSession.Pending> stored = writer.lookUp(session(), id);
            if (stored.isPresent() && CollectionWriter.isSame(stored.get(), contentHash)) {
                lastSequence = Math.max(lastSequence, stored.get().sequence());
                return true;
            }
            return false;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /**
     * Stores a document, replacing it whole where it is stored.
     *
     * @throws InvalidDocumentException where its metadata does not fit the collection's types
     * @throws RetrievalException where the session failed: nothing of this batch may be acknowledged
     */
    public Status put(PreparedDocument document) {
        return put(document, Optional.empty());
    }

    private Status put(PreparedDocument document, Optional<DocumentLine> line) {
        CollectionWriter.Written written = writer.put(session(), document, line);
        lastSequence = Math.max(lastSequence, written.sequence());
        return written.status();
    }

    /** Whether a line need not be written: its document is stored with this very hash, or the part is here already. */
    public boolean isKnown(String id, @Nullable String contentHash, DocumentLine line) {
        return isStored(id, contentHash)
                || partial(id, contentHash)
                        .filter(partial -> line.step(Optional.of(partial)) == DocumentLine.Step.KNOWN)
                        .isPresent();
    }

    /** Whether a line is a part that needs those before it. */
    public boolean continues(String id, @Nullable String contentHash, DocumentLine line) {
        return switch (line.step(partial(id, contentHash))) {
            case NEXT, LAST -> true;
            case WHOLE, FIRST, KNOWN -> line.more();
        };
    }

    private Optional<PartialDocument> partial(String id, @Nullable String contentHash) {
        if (contentHash == null) {
            return Optional.empty();
        }
        try {
            WriterSession.Coming coming = writer.coming(session(), id, contentHash);
            lastSequence = Math.max(lastSequence, coming.sequence());
            return coming.partial();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /**
     * Stores a line of a document. A part is hidden until the last one shows the document, and is answered with
     * {@code UNCHANGED}: nothing has changed yet that anyone can see.
     *
     * @throws InvalidDocumentException where its metadata does not fit the collection's types, or a part is missing
     * @throws RetrievalException where the session failed: nothing of this batch may be acknowledged
     */
    public Status put(PreparedDocument document, DocumentLine line) {
        return put(document, Optional.of(line));
    }

    /** Deletes the parts that are here of a version of a document; false where there are none. */
    public boolean deleteParts(String id, String contentHash) {
        Optional<Long> sequence = writer.deleteParts(session(), id, contentHash);
        sequence.ifPresent(operation -> lastSequence = Math.max(lastSequence, operation));
        return sequence.isPresent();
    }

    /** Deletes a document; whether it was stored. */
    public boolean delete(String id) {
        Optional<Long> sequence = writer.delete(session(), id);
        sequence.ifPresent(operation -> lastSequence = Math.max(lastSequence, operation));
        return sequence.isPresent();
    }

    /**
     * Returns when all of this batch is durable and visible.
     *
     * @throws RetrievalException where the session failed: nothing of this batch may be acknowledged
     */
    public void commit() {
        commit(Runnable::run);
    }

    /**
     * Returns when all of this batch is durable and visible; waits on the calling thread, which may be a virtual one. A
     * batch that has found everything stored is told too where the index it looked into was replaced meanwhile.
     *
     * @param runner runs the commit itself, where it is this batch's turn to make one for all that wait, and returns when
     *     it has ended
     * @throws RetrievalException where the session failed: nothing of this batch may be acknowledged
     */
    public void commit(Consumer<Runnable> runner) {
        if (session != null) {
            writer.commit(session, lastSequence, runner);
        }
    }

    /** The session of the first operation: another one would not hold that operation. */
    private WriterSession session() {
        WriterSession bound = session;
        if (bound == null) {
            bound = writer.session();
            session = bound;
        }
        return bound;
    }
}
