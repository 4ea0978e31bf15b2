package dev.siskin.retrieval.collection;

import dev.siskin.retrieval.codec.CollectionCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.MultiBits;
import org.apache.lucene.index.MultiTerms;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * An index that is being built, beside the one in use, from the documents stored in that one.
 *
 * <p>Every write gives its document a new stamp and a copy keeps it, so that the two indexes hold the same documents when
 * they hold the same ids with the same stamps. {@link #compare} finds what differs in the order of the ids, without
 * holding more than a page of it; it needs no memory of what was done before, which is how the work is taken up again
 * after a kill. For one thread at a time.
 */
public final class SuccessorIndex implements AutoCloseable {
    private static final long NO_STAMP = 0;

    private final Directory directory;
    private final Analyzer analyzer;
    private final IndexWriter writer;
    private final WriteHeap heap;
    private DirectoryReader written;

    private SuccessorIndex(Directory directory, Analyzer analyzer, IndexWriter writer, WriteHeap heap)
            throws IOException {
        this.directory = directory;
        this.analyzer = analyzer;
        this.writer = writer;
        this.written = DirectoryReader.open(writer);
        this.heap = heap;
        heap.count(writer);
    }

    /** Opens what was committed there, or begins where there is nothing. */
    static SuccessorIndex open(Path folder, CollectionManifest manifest, WriteHeap heap) throws IOException {
        DurableFiles.createFolder(folder);
        CollectionCodec codec = CollectionCodec.of(manifest.spec().quantization());
        Directory directory = IndexDirectory.open(folder);
        Analyzer analyzer = manifest.analyzer().orElseThrow();
        try {
            int dimensions = manifest.embedder().dimensions();
            IndexWriterConfig config = WriterSession.config(analyzer, codec, dimensions, heap, () -> {});
            var writer = new IndexWriter(directory, config);
            return new SuccessorIndex(directory, analyzer, writer, heap);
        } catch (IOException | RuntimeException failure) {
            IOUtils.closeWhileHandlingException(directory, analyzer);
            throw failure;
        }
    }

    /**
     * What the two indexes differ in, over some ids.
     *
     * @param changed ids of documents that are to be copied from the live index
     * @param gone ids of documents that the live index does not hold any more
     * @param same documents that are equal in both
     * @param last of the ids compared; empty where none was left
     */
    public record Difference(List<String> changed, List<String> gone, long same, Optional<BytesRef> last) {}

    /**
     * Compares the documents after an id with those of the live index. What is written to this index after the first
     * comparison of a pass is not seen by the others of that pass: they are about greater ids.
     *
     * @param after id to go on after; empty to begin
     * @param most differences to find before it ends
     */
    public Difference compare(Snapshot live, Optional<BytesRef> after, int most) throws IOException {
        if (after.isEmpty()) {
            refresh();
        }
        var theirs = new Stamps(live.reader(), after);
        var ours = new Stamps(written, after);
        var changed = new ArrayList<String>();
        var gone = new ArrayList<String>();
        long same = 0;
        Optional<BytesRef> last = Optional.empty();
        for (BytesRef their = theirs.id, our = ours.id;
                their != null || our != null;
                their = theirs.id, our = ours.id) {
            if (changed.size() + gone.size() == most) {
                return new Difference(changed, gone, same, last);
            }
            int order = their == null ? 1 : our == null ? -1 : their.compareTo(our);
            BytesRef id = BytesRef.deepCopyOf(order > 0 ? our : their);
            last = Optional.of(id);
            if (order > 0) {
                gone.add(id.utf8ToString());
            } else if (order < 0 || theirs.stamp() != ours.stamp()) {
                changed.add(id.utf8ToString());
            } else {
                same++;
            }
            if (order >= 0) {
                ours.next();
            }
            if (order <= 0) {
                theirs.next();
            }
        }
        return new Difference(changed, gone, same, Optional.empty());
    }

    /**
     * Copies a document with its new vectors.
     *
     * @param live where the document was read
     */
    public void put(Snapshot live, PreparedDocument document) throws IOException {
        long stamp = Stamps.of(live, document.id());
        delete(document.id());
        writer.addDocuments(ChunkSchema.block(document, live.metadataTypes(), stamp));
        heap.settle();
    }

    /**
     * Copies a piece of a document that is read and written in several, in order; no commit may come between.
     *
     * @param piece its fields, and some of its chunks
     * @param chunksBefore in the pieces before; 0 replaces what was copied of the document
     * @param last whether the document ends with it
     */
    public void put(Snapshot live, PreparedDocument piece, int chunksBefore, boolean last) throws IOException {
        if (chunksBefore == 0) {
            delete(piece.id());
        }
        long stamp = Stamps.of(live, piece.id());
        writer.addDocuments(
                ChunkSchema.piece(piece, chunksBefore, last, token(piece.id()), live.metadataTypes(), stamp));
        heap.settle();
    }

    /** Stands for the pieces of a document, and for no version of it that came in parts. */
    private static String token(String id) {
        return "copy:" + DocumentLine.sha256(id.getBytes(StandardCharsets.UTF_8));
    }

    public void delete(String id) throws IOException {
        writer.deleteDocuments(ChunkSchema.whole(id), ChunkSchema.inParts(token(id)));
    }

    /** Remembers the documents that are coming to the live index, whose parts are not copied. */
    public void loseParts(Snapshot live) throws IOException {
        DocumentParts.lose(writer, new StoredDocuments(live).coming(), Instant.now());
    }

    /** Makes what was written durable, as the documents of a generation. */
    public void commit(long generation, Map<String, MetadataType> metadataTypes) throws IOException {
        writer.setLiveCommitData(
                new CommitRecord(generation, metadataTypes).userData().entrySet());
        writer.commit();
    }

    private void refresh() throws IOException {
        DirectoryReader changed = DirectoryReader.openIfChanged(written, writer);
        if (changed != null) {
            written.close();
            written = changed;
        }
    }

    /** Lets go of the files; what is not committed is lost. */
    @Override
    public void close() throws IOException {
        heap.forget(writer);
        IOUtils.close(written, writer::rollback, directory, analyzer);
    }

    /** The ids of a reader's documents in the order of their UTF-8 bytes, each with its stamp. */
    private static final class Stamps {
        private final IndexReader reader;
        private final @Nullable Bits live;
        private final @Nullable TermsEnum ids;
        private @Nullable PostingsEnum postings;
        private int doc;
        private @Nullable BytesRef id;

        Stamps(IndexReader reader, Optional<BytesRef> after) throws IOException {
            this.reader = reader;
            this.live = MultiBits.getLiveDocs(reader);
            Terms terms = MultiTerms.getTerms(reader, ChunkSchema.HEADER_ID);
            this.ids = terms == null ? null : terms.iterator();
            if (ids == null) {
                return;
            }
            BytesRef from = after.orElse(new BytesRef());
            TermsEnum.SeekStatus found = ids.seekCeil(from);
            this.id = found == TermsEnum.SeekStatus.END ? null : ids.term();
            if (id != null && (!isStored() || (after.isPresent() && id.bytesEquals(from)))) {
                next();
            }
        }

        void next() throws IOException {
            do {
                id = ids == null ? null : ids.next();
            } while (id != null && !isStored());
        }

        private boolean isStored() throws IOException {
            PostingsEnum documents = java.util.Objects.requireNonNull(ids).postings(postings, PostingsEnum.NONE);
            postings = documents;
            doc = documents.nextDoc();
            while (doc != PostingsEnum.NO_MORE_DOCS && live != null && !live.get(doc)) {
                doc = documents.nextDoc();
            }
            return doc != PostingsEnum.NO_MORE_DOCS;
        }

        long stamp() throws IOException {
            return of(reader, doc);
        }

        static long of(Snapshot snapshot, String id) throws IOException {
            Optional<Snapshot.Found> found = snapshot.find(id);
            return found.isEmpty()
                    ? NO_STAMP
                    : of(snapshot.reader(), found.get().doc());
        }

        private static long of(IndexReader reader, int doc) throws IOException {
            LeafReaderContext leaf = reader.leaves().get(ReaderUtil.subIndex(doc, reader.leaves()));
            NumericDocValues stamps = leaf.reader().getNumericDocValues(ChunkSchema.STAMP);
            return stamps != null && stamps.advanceExact(doc - leaf.docBase) ? stamps.longValue() : NO_STAMP;
        }
    }
}
