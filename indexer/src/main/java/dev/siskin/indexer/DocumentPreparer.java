package dev.siskin.indexer;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.indexer.embedding.EmbeddingStage;
import dev.siskin.indexer.embedding.PendingDocument;
import dev.siskin.indexer.progress.Failure;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.reading.DocumentReader;
import dev.siskin.indexer.reading.ReadDocument;
import dev.siskin.indexer.reading.UnreadableDocumentException;
import dev.siskin.indexer.sending.DocumentSender;
import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.splitting.DocumentSplitter;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The middle stage: reads and splits one changed file after the other and passes it on. */
final class DocumentPreparer {
    private static final int MAX_TITLE_CHARS = 300;

    /** Of a chunk beside its text and vector: the objects of both. */
    private static final long OBJECT_BYTES = 256;

    /** Of a document: the one before it and the one after it are in memory too. */
    private static final long MOST_BYTES = Runtime.getRuntime().maxMemory() / 6;

    private final DocumentReader reader;
    private final DocumentSplitter splitter;
    private final int dimensions;
    private final EmbeddingStage embedding;
    private final DocumentSender sender;
    private final RunProgress progress;

    /** @param dimensions of the vectors */
    DocumentPreparer(
            DocumentReader reader,
            DocumentSplitter splitter,
            int dimensions,
            EmbeddingStage embedding,
            DocumentSender sender,
            RunProgress progress) {
        this.reader = reader;
        this.splitter = splitter;
        this.dimensions = dimensions;
        this.embedding = embedding;
        this.sender = sender;
        this.progress = progress;
    }

    /** Reads, splits and passes on; what goes wrong with the file becomes a line of the report. */
    void prepare(ChangedFile changed) throws InterruptedException {
        SourceFile file = changed.file();
        progress.reading(file.id());
        try {
            ReadDocument document = reader.read(file);
            if (!changed.isAsHashed()) {
                fail(file, "changed while it was read", "run again");
                return;
            }
            passOn(changed, document);
        } catch (UnreadableDocumentException unreadable) {
            fail(file, String.valueOf(unreadable.getMessage()), unreadable.remedy());
        } catch (IOException gone) {
            fail(file, "is gone since the run began", "run again");
        } catch (RuntimeException unexpected) {
            fail(file, "failed unexpectedly: " + unexpected, "report it with the file, if you can");
        }
    }

    private void passOn(ChangedFile changed, ReadDocument document) throws InterruptedException {
        String title = title(changed.file(), document);
        List<Chunk> chunks = splitter.split(title, document.text());
        if (chunks.isEmpty()) {
            fail(changed.file(), "no text found in it", "nothing to do, or restore its content");
            return;
        }
        long bytes = bytes(chunks);
        if (bytes > MOST_BYTES) {
            fail(
                    changed.file(),
                    "its %,d chunks take %,d bytes of memory with their vectors, more than %,d"
                            .formatted(chunks.size(), bytes, MOST_BYTES),
                    "split the file, or raise -Xmx in indexer/jvm.options");
            return;
        }
        var pending = new PendingDocument(
                new Document(
                        changed.file().id(),
                        title,
                        changed.file().path().toUri().toString(),
                        changed.contentHash(),
                        metadata(changed.file(), document),
                        chunks,
                        null),
                changed.stored());
        sender.put(pending);
        embedding.submit(pending);
    }

    /** On the heap, with vectors: known before the minutes that embedding them would cost. */
    private long bytes(List<Chunk> chunks) {
        long beside = OBJECT_BYTES + (long) dimensions * Float.BYTES;
        return chunks.stream()
                .mapToLong(chunk -> beside + (long) Character.BYTES * chunk.characters())
                .sum();
    }

    private static String title(SourceFile file, ReadDocument document) {
        String title = document.title().orElseGet(file::stem);
        return title.length() <= MAX_TITLE_CHARS ? title : title.substring(0, MAX_TITLE_CHARS);
    }

    /** Strings only: a field must have the same type in every document of a collection. */
    private static Map<String, Object> metadata(SourceFile file, ReadDocument document) {
        Map<String, Object> metadata = new TreeMap<>();
        metadata.put("source", file.source());
        metadata.put("path", file.relativePath());
        metadata.put("mime_type", document.mimeType());
        if (!file.extension().isEmpty()) {
            metadata.put("extension", file.extension());
        }
        return metadata;
    }

    private void fail(SourceFile file, String reason, String remedy) {
        progress.failed(new Failure(file.id(), reason, remedy));
    }
}
