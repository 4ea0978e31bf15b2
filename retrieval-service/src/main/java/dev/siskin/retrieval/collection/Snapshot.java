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
import org.apache.lucene.search.IndexSearcher;
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

    /** A stored document's place and hash. */
    record Found(int doc, Optional<String> contentHash) {}

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

    /** Documents that are stored now. */
    public long documents() throws IOException {
        return searcher().count(new TermQuery(new Term(ChunkSchema.KIND, ChunkSchema.HEADER)));
    }

    /** Chunks that are stored now. */
    public long chunks() throws IOException {
        return reader.numDocs() - documents();
    }

    /** Chunks that are deleted and not yet merged away. */
    public long deletedChunks() throws IOException {
        long headers = reader.docFreq(new Term(ChunkSchema.KIND, ChunkSchema.HEADER)) - documents();
        return reader.numDeletedDocs() - headers;
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
                    return Optional.of(new Found(leaf.docBase + doc, contentHash(leaf.reader(), doc)));
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> contentHash(LeafReader leaf, int doc) throws IOException {
        BinaryDocValues hashes = leaf.getBinaryDocValues(ChunkSchema.CONTENT_HASH);
        return hashes != null && hashes.advanceExact(doc)
                ? Optional.of(hashes.binaryValue().utf8ToString())
                : Optional.empty();
    }

    /** Lets go of the files. */
    @Override
    public void close() throws IOException {
        searchers.release(acquired);
    }
}
