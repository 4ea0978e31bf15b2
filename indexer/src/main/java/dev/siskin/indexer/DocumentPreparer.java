package dev.siskin.indexer;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.indexer.embedding.EmbeddingStage;
import dev.siskin.indexer.embedding.OutgoingDocument;
import dev.siskin.indexer.progress.Failure;
import dev.siskin.indexer.progress.Retry;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.reading.DocumentHead;
import dev.siskin.indexer.reading.DocumentReader;
import dev.siskin.indexer.reading.ExtractedText;
import dev.siskin.indexer.reading.PartSink;
import dev.siskin.indexer.reading.ReadFailures;
import dev.siskin.indexer.reading.UnreadableDocumentException;
import dev.siskin.indexer.sending.ContentHash;
import dev.siskin.indexer.sending.DocumentSender;
import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.Spool;
import dev.siskin.indexer.splitting.DocumentSplitter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The middle stage: reads and splits one changed file after the other and passes it on. */
final class DocumentPreparer {
    private static final int MAX_TITLE_CHARS = 300;

    private final DocumentReader reader;
    private final DocumentSplitter splitter;
    private final EmbeddingStage embedding;
    private final DocumentSender sender;
    private final RunProgress progress;
    private final ContentHash hash;
    private final DocumentMetadata metadata;
    private final Spool spool;
    private final LastingFailures lasting;

    DocumentPreparer(
            DocumentReader reader,
            DocumentSplitter splitter,
            EmbeddingStage embedding,
            DocumentSender sender,
            RunProgress progress,
            ContentHash hash,
            DocumentMetadata metadata,
            Spool spool,
            LastingFailures lasting) {
        this.reader = reader;
        this.splitter = splitter;
        this.embedding = embedding;
        this.sender = sender;
        this.progress = progress;
        this.hash = hash;
        this.metadata = metadata;
        this.spool = spool;
        this.lasting = lasting;
    }

    /** Reads, splits and passes on, a part at a time; what goes wrong with the file becomes a line of the report. */
    void prepare(ChangedFile changed) throws InterruptedException {
        SourceFile file = changed.file();
        progress.reading(file.id());
        var document = new OutgoingDocument(file.id(), changed.stored(), failure -> failed(changed, failure));
        var passing = new Passing(changed, document);
        try {
            passing.requireUnchanged();
            passing.metadata = metadata.of(file);
            reader.read(file, passing);
            passing.requireAsHashed();
            passing.end();
        } catch (AlreadyGivenUpException elsewhere) {
            return;
        } catch (ChangedMeanwhileException other) {
            fail(document, "changed while it was read", "run again", Retry.ALWAYS);
            passing.withdraw();
        } catch (UnreadableDocumentException unreadable) {
            String reason = String.valueOf(unreadable.getMessage());
            fail(document, reason, unreadable.remedy(), unreadable.retry());
            passing.withdrawWhereGone();
        } catch (IOException unread) {
            fail(document, unread);
            passing.withdrawWhereGone();
        } catch (UncheckedIOException unread) {
            fail(document, Objects.requireNonNull(unread.getCause()));
            passing.withdrawWhereGone();
        } catch (OutOfMemoryError tooLarge) {
            // What it took is free again.
            String reason = "needs more memory to read than there is";
            fail(document, reason, "split it, or give the run more --memory", Retry.TWICE);
        } catch (RuntimeException unexpected) {
            String reason = "failed unexpectedly: " + unexpected;
            fail(document, reason, "report it with the file, if you can", Retry.NEVER);
        } finally {
            spool.release(file, changed.size());
            spool.discard(file);
        }
    }

    /** Ends the reading of a document of which an earlier part could not be embedded or sent. */
    private static final class AlreadyGivenUpException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        AlreadyGivenUpException() {
            super(null, null, false, false);
        }
    }

    /** Ends the reading of a file that is no more what its hash was taken of: nothing that is sent of it would be used. */
    private static final class ChangedMeanwhileException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ChangedMeanwhileException() {
            super(null, null, false, false);
        }
    }

    /** Splits what is read of a document and passes it on. */
    private final class Passing implements PartSink {
        private ChangedFile changed;
        private final OutgoingDocument document;
        private @Nullable DocumentParts parts;
        private Map<String, Object> metadata = Map.of();
        private String title = "";

        Passing(ChangedFile changed, OutgoingDocument document) {
            this.changed = changed;
            this.document = document;
        }

        @Override
        public void part(DocumentHead head, ExtractedText part) throws InterruptedException {
            if (document.isGivenUp()) {
                throw new AlreadyGivenUpException();
            }
            try {
                requireUnchanged();
            } catch (IOException unread) {
                throw new UncheckedIOException(unread);
            }
            DocumentParts to = parts;
            if (to == null) {
                title = title(changed.file(), head);
                to = new DocumentParts(document, line(changed, title, head, metadata), sender, embedding);
                parts = to;
            }
            for (Chunk chunk : splitter.split(title, part)) {
                to.add(chunk);
            }
        }

        /** A file that is written to all the time would be read to its end in vain, and sent. */
        void requireUnchanged() throws IOException {
            if (changed.hasOtherTimeOrSize()) {
                requireSameBytes();
            }
        }

        /** Once it has been read: of a record no more than its bytes tell. */
        void requireAsHashed() throws IOException {
            if (changed.file().record().isPresent() || changed.hasOtherTimeOrSize()) {
                requireSameBytes();
            }
        }

        private void requireSameBytes() throws IOException {
            changed = changed.asItIs(hash).orElseThrow(ChangedMeanwhileException::new);
        }

        /** What was read of a file that is not there any more is of no use to a later run. */
        void withdrawWhereGone() throws InterruptedException {
            if (Files.notExists(changed.file().path())) {
                withdraw();
            }
        }

        void withdraw() throws InterruptedException {
            if (parts != null) {
                parts.withdraw();
            }
        }

        void end() throws InterruptedException {
            if (parts == null) {
                throw new IllegalStateException("a document without text has been read to its end");
            }
            parts.end();
        }
    }

    private static Document line(ChangedFile changed, String title, DocumentHead head, Map<String, Object> added) {
        return new Document(
                changed.file().id(),
                title,
                changed.file().uri().map(Object::toString).orElse(null),
                changed.contentHash(),
                DocumentMetadata.merged(changed.file(), head, added),
                List.of(),
                null);
    }

    private static String title(SourceFile file, DocumentHead head) {
        String title = head.title().orElseGet(file::stem);
        return title.length() <= MAX_TITLE_CHARS ? title : title.substring(0, MAX_TITLE_CHARS);
    }

    private static void fail(OutgoingDocument document, IOException unread) {
        UnreadableDocumentException why = ReadFailures.ofSystem(unread);
        fail(document, String.valueOf(why.getMessage()), why.remedy(), why.retry());
    }

    private static void fail(OutgoingDocument document, String reason, String remedy, Retry retry) {
        document.giveUp(new Failure(document.id(), reason, remedy, retry));
    }

    private void failed(ChangedFile changed, Failure failure) {
        // A stop interrupts readers, which fails the file they are at with whatever they make of it.
        progress.failed(progress.isStopping() ? failure.with(Retry.ALWAYS) : lasting.remember(changed, failure));
    }
}
