package dev.siskin.retrieval.search;

import dev.siskin.api.Chunk;
import dev.siskin.api.Hit;
import dev.siskin.api.SearchMode;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.SearchRequest.Include;
import dev.siskin.retrieval.codec.Rescoring;
import dev.siskin.retrieval.collection.ChunkSchema;
import dev.siskin.retrieval.collection.Collection;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.collection.Snapshot;
import dev.siskin.retrieval.collection.StoredDocuments;
import dev.siskin.retrieval.filter.FilterQueries;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.LongConsumer;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.jspecify.annotations.Nullable;

/**
 * Searches a collection on the calling thread, which must be a platform thread: page faults in mapped files and vector
 * arithmetic hold it. Keeps nothing between searches; thread-safe.
 */
public final class SearchEngine {
    /** Hits whose texts are read although the deadline has passed: a few reads more are worth an answer. */
    private static final int HITS_IN_ANY_CASE = SearchRequest.DEFAULT_K;

    /**
     * What was found in one generation.
     *
     * @param partial whether the deadline cut the search short
     */
    public record Results(List<Hit> hits, long generation, boolean partial) {}

    /**
     * Searches as planned.
     *
     * @param vector of the question, {@code [dimensions]}; empty = by keywords only
     * @param texts told of the characters of what is read for the hits, as it is kept; it may refuse by throwing
     * @throws RetrievalException {@code DEADLINE} where it passed with nothing in hand, {@code IMPOSSIBLE} for a filter
     *     that the collection's fields cannot have
     */
    public Results search(
            Collection collection, SearchPlan plan, Optional<float[]> vector, Deadline deadline, LongConsumer texts)
            throws IOException {
        if (deadline.shouldExit()) {
            throw late(plan);
        }
        SearchMode mode = vector.isEmpty() ? SearchMode.KEYWORD : plan.mode();
        try (Snapshot snapshot = collection.snapshot()) {
            IndexSearcher searcher = snapshot.searcher();
            searcher.setTimeout(deadline);
            Query filter = snapshot.visible(new FilterQueries(snapshot.metadataTypes()).of(plan.filter()));
            var keywords = new KeywordSide(searcher, collection.analyzer(), plan.query(), filter);
            Optional<VectorSide> vectors = vector.map(floats -> new VectorSide(searcher, floats, filter, deadline));
            Rescoring rescoring = Rescoring.of(collection.manifest().spec().quantization());
            List<Found> found = new Ranking(snapshot.reader(), plan, rescoring, deadline, plan.fusion())
                    .rank(mode, vectors, keywords);
            boolean partial = deadline.shouldExit();
            if (partial && found.isEmpty()) {
                throw late(plan);
            }
            List<Hit> hits = hits(collection, snapshot, plan, found, deadline, texts);
            return new Results(hits, snapshot.generation(), partial || hits.size() < found.size());
        }
    }

    private static RetrievalException late(SearchPlan plan) {
        return new RetrievalException(
                RetrievalException.Kind.DEADLINE,
                "nothing was found within deadline_ms=%d; allow more".formatted(plan.deadlineMs()));
    }

    /** The first ones in any case, the others as far as there is time. */
    private static List<Hit> hits(
            Collection collection,
            Snapshot snapshot,
            SearchPlan plan,
            List<Found> found,
            Deadline deadline,
            LongConsumer texts)
            throws IOException {
        var stored = new StoredDocuments(snapshot);
        for (Found one : found) {
            stored.prefetch(one.place().doc());
        }
        var headers = new HashMap<String, StoredDocuments.Header>();
        var sentences = new SentenceScorer(snapshot.reader(), collection.analyzer(), ChunkSchema.BODY);
        SentenceScorer.Question question = sentences.question(plan.query());
        var hits = new ArrayList<Hit>(found.size());
        for (Found one : found) {
            if (hits.size() >= HITS_IN_ANY_CASE && deadline.shouldExit()) {
                break;
            }
            Found.Place place = one.place();
            Chunk chunk = stored.chunk(place.doc());
            StoredDocuments.Header header = headers.get(place.documentId());
            if (header == null) {
                header = stored.header(snapshot.header(place.doc(), place.toHeader(), place.documentId()));
                headers.put(place.documentId(), header);
                texts.accept(header.characters());
            }
            texts.accept(plan.include().contains(Include.TEXT) ? chunk.characters() : 0);
            List<Hit.Highlight> highlights = plan.include().contains(Include.HIGHLIGHTS)
                    ? highlights(sentences, question, chunk, header)
                    : List.of();
            hits.add(hit(one, chunk, header, plan, highlights));
        }
        return hits;
    }

    private static Hit hit(
            Found found, Chunk chunk, StoredDocuments.Header header, SearchPlan plan, List<Hit.Highlight> highlights) {
        boolean text = plan.include().contains(Include.TEXT);
        Map<String, Object> metadata = plan.include().contains(Include.METADATA) ? header.metadata() : null;
        return new Hit(
                found.place().documentId(),
                found.place().chunk(),
                found.score(),
                new Hit.Scores(orNull(found.cosine()), orNull(found.bm25()), orNull(found.fused())),
                new Hit.Ranks(orNull(found.vectorRank()), orNull(found.keywordRank())),
                text ? chunk.text() : null,
                text ? chunk.context() : null,
                chunk.heading(),
                header.title(),
                header.uri(),
                chunk.page(),
                chunk.start(),
                chunk.end(),
                metadata,
                highlights);
    }

    /** In offsets of the document, best first. */
    private static List<Hit.Highlight> highlights(
            SentenceScorer sentences, SentenceScorer.Question question, Chunk chunk, StoredDocuments.Header header)
            throws IOException {
        String around = ChunkSchema.around(header.title(), chunk.context());
        return sentences.score(question, chunk.text(), around).stream()
                .map(sentence -> new Hit.Highlight(
                        chunk.start() + sentence.start(), chunk.start() + sentence.end(), sentence.score()))
                .toList();
    }

    private static @Nullable Double orNull(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }

    private static @Nullable Integer orNull(OptionalInt value) {
        return value.isPresent() ? value.getAsInt() : null;
    }
}
