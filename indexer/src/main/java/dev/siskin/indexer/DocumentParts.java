package dev.siskin.indexer;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.PartDigest;
import dev.siskin.indexer.embedding.EmbeddingStage;
import dev.siskin.indexer.embedding.OutgoingDocument;
import dev.siskin.indexer.embedding.PendingPart;
import dev.siskin.indexer.sending.DocumentSender;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts a document's chunks into lines as they come and passes these on to be embedded and sent: one line for most
 * documents, numbered parts for a large one, of which no more than two are held here. The same chunks always make the
 * same parts, so that those of an earlier, unfinished run are known again: what the service has of them is not passed on.
 * From the first one on that differs, all are, and take the place of what it has. For one document and one thread.
 */
final class DocumentParts {
    static final int MAX_CHUNKS = 256;

    /** Of text, heading and context: the line stays below {@link Document#MAX_LINE_BYTES} even if all is escaped. */
    private static final int MAX_CHARS = 1024 * 1024;

    private final OutgoingDocument document;
    private final Document head;
    private final DocumentSender sender;
    private final EmbeddingStage embedding;
    private @Nullable List<Chunk> full;
    private List<Chunk> filling = new ArrayList<>();
    private int chars;
    private int parts;
    /** Digests of the parts that the service has and that may be the same. */
    private List<String> standing = List.of();

    /** @param head the document as it is to be sent, without chunks */
    DocumentParts(OutgoingDocument document, Document head, DocumentSender sender, EmbeddingStage embedding) {
        this.document = document;
        this.head = head;
        this.sender = sender;
        this.embedding = embedding;
    }

    /** Adds the next chunk; waits while too much is under way. */
    void add(Chunk chunk) throws InterruptedException {
        if (!filling.isEmpty() && (filling.size() == MAX_CHUNKS || chars + chunk.characters() > MAX_CHARS)) {
            if (full != null) {
                part(full);
            }
            full = filling;
            filling = new ArrayList<>();
            chars = 0;
        }
        filling.add(chunk);
        chars += chunk.characters();
    }

    /** Passes on what is left; the document is stored when that has arrived. */
    void end() throws InterruptedException {
        if (full == null) {
            passOn(line(filling, null, null));
            return;
        }
        part(full);
        passOn(line(filling, null, parts));
    }

    /** Says that the document does not go on, because its file has become another one, so that its parts are not kept. */
    void withdraw() throws InterruptedException {
        if (parts > 0) {
            sender.put(PendingPart.withdrawal(document, head));
        }
    }

    /** A part that is not the last one. */
    private void part(List<Chunk> chunks) throws InterruptedException {
        if (parts == 0) {
            standing = sender.standing(head);
        }
        if (parts < standing.size() && standing.get(parts).equals(PartDigest.of(chunks))) {
            document.resume(chunks.size());
        } else {
            standing = List.of();
            passOn(line(chunks, true, parts));
        }
        parts++;
    }

    /** The first line says what is said once of the whole document. */
    private Document line(List<Chunk> chunks, @Nullable Boolean more, @Nullable Integer number) {
        boolean first = number == null || number == 0;
        return new Document(
                head.id(),
                first ? head.title() : null,
                first ? head.uri() : null,
                head.contentHash(),
                first ? head.metadata() : null,
                chunks,
                more,
                number);
    }

    private void passOn(Document line) throws InterruptedException {
        var part = new PendingPart(document, line);
        sender.put(part);
        embedding.submit(part);
    }
}
