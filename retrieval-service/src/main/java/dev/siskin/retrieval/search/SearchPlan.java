package dev.siskin.retrieval.search;

import dev.siskin.api.Filter;
import dev.siskin.api.FusionMethod;
import dev.siskin.api.SearchMode;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.SearchRequest.Include;
import dev.siskin.retrieval.codec.Rescoring;
import dev.siskin.retrieval.collection.InvalidDocumentException;
import dev.siskin.retrieval.collection.PreparedDocument;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.fusion.Fusion;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A search request, checked, with its defaults filled in.
 *
 * @param query empty where a vector is searched with
 * @param vector {@code [dimensions]}, unit length, where one was sent
 * @param fusion of the two sides of a hybrid search
 * @param oversample candidates per hit; empty = what the level of quantization needs
 * @param minScore lowest cosine of a hit
 * @param maxPerDocument most hits of one document
 */
public record SearchPlan(
        String query,
        Optional<float[]> vector,
        int k,
        SearchMode mode,
        Fusion fusion,
        Filter filter,
        OptionalDouble oversample,
        OptionalDouble minScore,
        int maxPerDocument,
        Set<Include> include,
        int deadlineMs,
        boolean exact,
        OptionalLong minGeneration) {
    public static final double MAX_OVERSAMPLE = 100;

    /** Most candidates of the vector side, however large k and oversample are. */
    public static final int MAX_CANDIDATES = 10_000;

    /**
     * Checks a request.
     *
     * @param dimensions of the collection
     * @throws RetrievalException naming the field, {@code MALFORMED} or {@code IMPOSSIBLE}
     */
    public static SearchPlan of(SearchRequest request, int dimensions) {
        SearchMode mode = request.mode() == null ? SearchMode.HYBRID : request.mode();
        Optional<float[]> vector = vector(request, dimensions);
        String query = request.query() == null ? "" : request.query().strip();
        if (query.isEmpty() && (vector.isEmpty() || mode != SearchMode.VECTOR)) {
            throw malformed("query is missing or blank; only mode 'vector' with a vector does without");
        }
        if (query.length() > SearchRequest.MAX_QUERY_CHARS) {
            throw malformed("query may have at most %d characters: %d"
                    .formatted(SearchRequest.MAX_QUERY_CHARS, query.length()));
        }
        OptionalDouble minScore = minScore(request, mode);
        return new SearchPlan(
                query,
                vector,
                within("k", request.k(), SearchRequest.DEFAULT_K, SearchRequest.MAX_K),
                mode,
                Fusion.of(request.fusion() == null ? FusionMethod.CONVEX : request.fusion()),
                request.filter() == null ? new Filter.All() : request.filter(),
                oversample(request),
                minScore,
                within("max_per_document", request.maxPerDocument(), Integer.MAX_VALUE, Integer.MAX_VALUE),
                Set.copyOf(request.include() == null ? List.of(Include.TEXT, Include.METADATA) : request.include()),
                deadlineMs(request),
                Boolean.TRUE.equals(request.exact()),
                request.minGeneration() == null ? OptionalLong.empty() : OptionalLong.of(request.minGeneration()));
    }

    /**
     * How long a request allows, whatever is wrong with the rest of it.
     *
     * @throws RetrievalException {@code MALFORMED}
     */
    public static int deadlineMs(SearchRequest request) {
        return within(
                "deadline_ms", request.deadlineMs(), SearchRequest.DEFAULT_DEADLINE_MS, SearchRequest.MAX_DEADLINE_MS);
    }

    /** Candidates the vector side collects before they are rescored. */
    int candidates(Rescoring rescoring) {
        int wanted =
                oversample.isPresent() ? rescoring.candidates(k, oversample.getAsDouble()) : rescoring.candidates(k);
        return Math.min(MAX_CANDIDATES, wanted);
    }

    private static Optional<float[]> vector(SearchRequest request, int dimensions) {
        float[] sent = request.vector();
        if (sent == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(PreparedDocument.unit("query", sent, dimensions));
        } catch (InvalidDocumentException wrong) {
            throw new RetrievalException(RetrievalException.Kind.IMPOSSIBLE, String.valueOf(wrong.getMessage()), wrong);
        }
    }

    private static OptionalDouble minScore(SearchRequest request, SearchMode mode) {
        Double least = request.minScore();
        if (least == null) {
            return OptionalDouble.empty();
        }
        if (!(least >= -1 && least <= 1)) {
            throw malformed("min_score is a cosine, -1 to 1: min_score=" + least);
        }
        return mode == SearchMode.KEYWORD ? OptionalDouble.empty() : OptionalDouble.of(least);
    }

    private static OptionalDouble oversample(SearchRequest request) {
        Double factor = request.oversample();
        if (factor == null) {
            return OptionalDouble.empty();
        }
        if (!(factor >= 1 && factor <= MAX_OVERSAMPLE)) {
            throw malformed("oversample must be 1 to %.0f: oversample=%s".formatted(MAX_OVERSAMPLE, factor));
        }
        return OptionalDouble.of(factor);
    }

    private static int within(
            String field, @org.jspecify.annotations.Nullable Integer sent, int defaultValue, int most) {
        int value = sent == null ? defaultValue : sent;
        if (value < 1 || value > most) {
            throw malformed("%s must be 1 to %d: %s=%d".formatted(field, most, field, value));
        }
        return value;
    }

    private static RetrievalException malformed(String message) {
        return new RetrievalException(RetrievalException.Kind.MALFORMED, message);
    }
}
