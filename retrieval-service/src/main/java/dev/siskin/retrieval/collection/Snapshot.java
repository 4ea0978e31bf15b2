package dev.siskin.retrieval.collection;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.Bits;

/**
 * A collection as one commit left it: the documents, the generation that shows them, the types of their metadata. Opened
 * from the commit itself, never from what a writer has not committed yet, so that generation and documents agree. Holds
 * its files until it is closed; any thread may use it.
 */
public final class Snapshot implements AutoCloseable {
    private final SearcherManager searchers;
    private final IndexSearcher acquired;
    private final DirectoryReader reader;
    private final CommitRecord commit;

    private Snapshot(SearcherManager searchers, IndexSearcher acquired) throws IOException {
        this.searchers = searchers;
        this.acquired = acquired;
        this.reader = (DirectoryReader) acquired.getIndexReader();
        this.commit = CommitRecord.of(reader.getIndexCommit().getUserData());
    }

    static Snapshot acquire(SearcherManager searchers) throws IOException {
        IndexSearcher acquired = searchers.acquire();
        try {
            return new Snapshot(searchers, acquired);
        } catch (IOException | RuntimeException failure) {
            searchers.release(acquired);
            throw failure;
        }
    }

    /**
     * A stored document.
     *
     * @param doc its header
     * @param parts token of a document that came in parts, by which its chunks are found
     */
    record Found(int doc, Optional<String> contentHash, Optional<String> parts) {}

    public long generation() {
        return commit.generation();
    }

    public Map<String, MetadataType> metadataTypes() {
        return commit.metadataTypes();
    }

    public DirectoryReader reader() {
        return reader;
    }

    /** A searcher of its own, whose timeout is nobody else's. */
    public IndexSearcher searcher() {
        var searcher = new IndexSearcher(reader);
        searcher.setSimilarity(ChunkSchema.similarity());
        searcher.setQueryCache(null);
        return searcher;
    }

    /** What matches and is to be seen: without the parts of documents that are still coming. */
    public Query visible(Query query) throws IOException {
        return isAnythingHidden() ? shown(query) : query;
    }

    static Query shown(Query query) {
        return new BooleanQuery.Builder()
                .add(query, BooleanClause.Occur.FILTER)
                .add(ChunkSchema.hidden(), BooleanClause.Occur.MUST_NOT)
                .build();
    }

    private boolean isAnythingHidden() throws IOException {
        return searcher().count(kind(ChunkSchema.PARTIAL)) > 0;
    }

    private static Query kind(String kind) {
        return new TermQuery(new Term(ChunkSchema.KIND, kind));
    }

    /**
     * The header of the document that a chunk belongs to.
     *
     * @param toHeader as the chunk has it; 0 = it came in parts
     */
    public int header(int chunk, int toHeader, String documentId) throws IOException {
        if (toHeader > 0) {
            return chunk + toHeader;
        }
        return find(documentId)
                .orElseThrow(() -> new IOException("a chunk in parts has no header: document " + documentId))
                .doc();
    }

    /** Whether there are too few segments to merge any. */
    boolean isFewSegments() {
        return reader.leaves().size() <= 1 + HeapBoundMerges.FEW;
    }

    /** Documents that are stored now. */
    public long documents() throws IOException {
        return searcher().count(kind(ChunkSchema.HEADER));
    }

    /** Chunks that are stored now. */
    public long chunks() throws IOException {
        long hidden = isAnythingHidden() ? searcher().count(ChunkSchema.hidden()) : 0;
        return reader.numDocs() - documents() - hidden;
    }

    /** Chunks that are deleted and not yet merged away. */
    public long deletedChunks() throws IOException {
        return reader.numDeletedDocs() - deleted(ChunkSchema.HEADER) - deleted(ChunkSchema.PARTIAL);
    }

    private long deleted(String kind) throws IOException {
        long everStored = reader.docFreq(new Term(ChunkSchema.KIND, kind));
        return everStored - searcher().count(kind(kind));
    }

    /** The header of a document; empty where it is not stored. */
    Optional<Found> find(String id) throws IOException {
        var term = new Term(ChunkSchema.HEADER_ID, id);
        for (LeafReaderContext leaf : reader.leaves()) {
            PostingsEnum postings = leaf.reader().postings(term, PostingsEnum.NONE);
            if (postings == null) {
                continue;
            }
            Bits live = leaf.reader().getLiveDocs();
            for (int doc = postings.nextDoc(); doc != PostingsEnum.NO_MORE_DOCS; doc = postings.nextDoc()) {
                if (live == null || live.get(doc)) {
                    return Optional.of(new Found(
                            leaf.docBase + doc,
                            value(leaf.reader(), ChunkSchema.CONTENT_HASH, doc),
                            value(leaf.reader(), ChunkSchema.PARTS, doc)));
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> value(LeafReader leaf, String field, int doc) throws IOException {
        BinaryDocValues values = leaf.getBinaryDocValues(field);
        return values != null && values.advanceExact(doc)
                ? Optional.of(values.binaryValue().utf8ToString())
                : Optional.empty();
    }

    /** Lets go of the files. */
    @Override
    public void close() throws IOException {
        searchers.release(acquired);
    }
}
