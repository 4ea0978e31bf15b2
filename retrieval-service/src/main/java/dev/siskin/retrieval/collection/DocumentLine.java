package dev.siskin.retrieval.collection;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.PartDigest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a line belongs to its document.
 *
 * @param more whether further lines follow
 * @param part its number among the lines of its document; null where the sender does not number them
 * @param digest {@link PartDigest} of its chunks: the same part again is known by it
 * @param firstStart start of its first chunk; {@link #NO_CHUNKS} where it has none
 * @param lastStart start of its last chunk
 */
public record DocumentLine(boolean more, @Nullable Integer part, String digest, int firstStart, int lastStart) {
    /** Most parts of a document. */
    static final int MAX_PARTS = 4096;

    private static final int NO_CHUNKS = -1;

    /** What a line means for what is here of its document already. */
    enum Step {
        /** The document in one line. */
        WHOLE,
        /** The first of several parts. */
        FIRST,
        /** A part between: it follows those that are here, or takes the place of the one of its number and those after it. */
        NEXT,
        /** The part that ends the document, with the same places. */
        LAST,
        /** A part that is here already. */
        KNOWN
    }

    /**
     * How a line that was read belongs to its document.
     *
     * @throws InvalidDocumentException where a part lacks a content hash or chunks
     */
    public static DocumentLine of(Document document) {
        List<Chunk> chunks = document.chunks() == null ? List.of() : document.chunks();
        boolean more = Boolean.TRUE.equals(document.more());
        if (more && document.contentHash() == null) {
            throw new InvalidDocumentException(
                    "content_hash is missing: the parts of a document are told by its id and content_hash");
        }
        if (more && chunks.isEmpty()) {
            throw new InvalidDocumentException("chunks is empty: every part but the last has at least one");
        }
        if (document.part() != null && document.part() < 0) {
            throw new InvalidDocumentException("part must be 0 or more: part=" + document.part());
        }
        return new DocumentLine(
                more,
                document.part(),
                PartDigest.of(chunks),
                chunks.isEmpty() ? NO_CHUNKS : chunks.getFirst().start(),
                chunks.isEmpty() ? NO_CHUNKS : chunks.getLast().start());
    }

    /**
     * What is to be done with the line.
     *
     * @param partial the parts that are here of the same id and content hash
     * @throws InvalidDocumentException where a part is missing before this one
     */
    Step step(Optional<PartialDocument> partial) {
        if (partial.isEmpty()) {
            if (part != null && part > 0) {
                throw new InvalidDocumentException(
                        "part %d came and none before it is here; send the document again from part 0".formatted(part));
            }
            return beginning();
        }
        PartialDocument before = partial.get();
        if (before.isLost()) {
            if (part == null ? firstStart == NO_CHUNKS || firstStart > before.firstStart() : part > 0) {
                throw new InvalidDocumentException(
                        "the parts before this one are gone: they were deleted, or the collection was restored or re-embedded meanwhile; send the document again from its first part");
            }
            return beginning();
        }
        if (isKnown(before)) {
            return Step.KNOWN;
        }
        if (isNext(before)) {
            if (more && follows(before) >= MAX_PARTS) {
                throw new InvalidDocumentException(
                        "a document may have at most %d parts; send longer ones, or several documents"
                                .formatted(MAX_PARTS));
            }
            return more ? Step.NEXT : Step.LAST;
        }
        if (part == null ? firstStart <= before.firstStart() : part == 0) {
            return beginning();
        }
        throw new InvalidDocumentException(
                part == null
                        ? "the part begins at %d, and those before it go on to %d; send parts in order, or again from the first"
                                .formatted(firstStart, before.lastStart())
                        : "part %d came where %d was expected; send parts in order, or again from part 0"
                                .formatted(part, before.parts().size()));
    }

    private Step beginning() {
        return more ? Step.FIRST : Step.WHOLE;
    }

    private boolean isNext(PartialDocument before) {
        return part == null
                ? firstStart == NO_CHUNKS || firstStart > before.lastStart()
                : part > 0 && part <= before.parts().size();
    }

    /** A last part is never here: it ends the document. */
    private boolean isKnown(PartialDocument before) {
        List<PartialDocument.Part> parts = before.parts();
        if (!more) {
            return false;
        }
        return part == null
                ? parts.stream().anyMatch(known -> known.digest().equals(digest))
                : part < parts.size() && parts.get(part).digest().equals(digest);
    }

    /** How many of the parts that are here stay where this line is the next or the last. */
    int follows(PartialDocument before) {
        return part == null ? before.parts().size() : part;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java has SHA-256", impossible);
        }
    }
}
