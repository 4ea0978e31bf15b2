package dev.siskin.retrieval.search;

import dev.siskin.api.SearchMode;
import dev.siskin.retrieval.codec.Rescoring;
import dev.siskin.retrieval.fusion.Fusion;
import dev.siskin.retrieval.fusion.Fusion.Candidate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.apache.lucene.index.IndexReader;
import org.jspecify.annotations.Nullable;

/**
 * Ranks the chunks of a snapshot: candidates of each side, their exact scores on every side asked, one order. For one
 * search.
 */
final class Ranking {
    private final IndexReader reader;
    private final SearchPlan plan;
    private final Rescoring rescoring;
    private final Deadline deadline;
    private final Fusion fusion;

    Ranking(IndexReader reader, SearchPlan plan, Rescoring rescoring, Deadline deadline, Fusion fusion) {
        this.reader = reader;
        this.plan = plan;
        this.rescoring = rescoring;
        this.deadline = deadline;
        this.fusion = fusion;
    }

    /**
     * Chunks in order, bounds on cosine, documents and k applied.
     *
     * @param mode the sides to ask: the plan's, or less where there is no vector
     */
    List<Found> rank(SearchMode mode, Optional<VectorSide> vectors, KeywordSide keywords) throws IOException {
        List<Found> ranked = switch (mode) {
            case VECTOR -> byVector(vectors.orElseThrow());
            case KEYWORD -> byKeyword(keywords);
            case HYBRID -> byBoth(vectors.orElseThrow(), keywords);
        };
        return bounded(ranked, mode);
    }

    private List<Found> byVector(VectorSide vectors) throws IOException {
        var ranked = new ArrayList<Found>();
        for (Scored scored : best(cosines(vectors, candidates()))) {
            ranked.add(new Found(
                    scored.place(),
                    scored.score(),
                    OptionalDouble.of(scored.score()),
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    OptionalInt.of(ranked.size() + 1),
                    OptionalInt.empty()));
        }
        return ranked;
    }

    private List<Found> byKeyword(KeywordSide keywords) throws IOException {
        var ranked = new ArrayList<Found>();
        for (Scored scored : best(keywords.best(grouped() ? perSide() : plan.k()))) {
            ranked.add(new Found(
                    scored.place(),
                    scored.score(),
                    OptionalDouble.empty(),
                    OptionalDouble.of(scored.score()),
                    OptionalDouble.empty(),
                    OptionalInt.empty(),
                    OptionalInt.of(ranked.size() + 1)));
        }
        return ranked;
    }

    private List<Found> byBoth(VectorSide vectors, KeywordSide keywords) throws IOException {
        int perSide = perSide();
        ScoredDocs candidates = cosines(vectors, Math.max(perSide, candidates()));
        ScoredDocs nearest = candidates.best(perSide);
        ScoredDocs matching = deadline.shouldExit() ? ScoredDocs.NONE : keywords.best(perSide);
        int[] union = ScoredDocs.union(nearest.docs(), matching.docs());
        ScoredDocs cosines = candidates.and(vectors.cosines(candidates.missing(union)));
        ScoredDocs scores = matching.and(keywords.scores(matching.missing(union)));

        Map<Integer, Found.Place> places = Places.of(reader, union);
        Map<Integer, Integer> vectorRanks = ranks(ordered(nearest, places));
        Map<Integer, Integer> keywordRanks = ranks(ordered(matching, places));
        var passages = new ArrayList<Candidate<Found.Place>>(union.length);
        boolean isCut = deadline.shouldExit();
        places.forEach((doc, place) -> {
            if (!isCut || cosines.has(doc)) { // there may have been no time to read its vector
                passages.add(new Candidate<>(place, cosines.score(doc), scores.score(doc)));
            }
        });
        return fusion.fuse(passages, Found.Place.ORDER).stream()
                .map(fused -> found(fused, vectorRanks, keywordRanks))
                .toList();
    }

    private static Found found(
            Fusion.Fused<Found.Place> fused, Map<Integer, Integer> vectorRanks, Map<Integer, Integer> keywordRanks) {
        Candidate<Found.Place> candidate = fused.candidate();
        int doc = candidate.passage().doc();
        return new Found(
                candidate.passage(),
                fused.score(),
                OptionalDouble.of(candidate.cosine()),
                OptionalDouble.of(candidate.bm25()),
                OptionalDouble.of(fused.score()),
                rank(vectorRanks.get(doc)),
                rank(keywordRanks.get(doc)));
    }

    private int perSide() {
        return Math.max(Fusion.CANDIDATES_PER_SIDE, plan.k());
    }

    private int candidates() {
        return plan.candidates(rescoring);
    }

    private ScoredDocs cosines(VectorSide vectors, int candidates) throws IOException {
        return plan.exact()
                ? vectors.exhaustive(exactCandidates())
                : vectors.cosines(vectors.candidates(candidates).docs());
    }

    /** As many as can be among the hits, and the most allowed where a document's chunks may take each other's place. */
    private int exactCandidates() {
        return grouped() ? SearchPlan.MAX_CANDIDATES : perSide();
    }

    /** Whether a hit may be left out for others of its document, so that more than k must be ordered. */
    private boolean grouped() {
        return plan.maxPerDocument() < plan.k();
    }

    /** A chunk and its score on one side. */
    private record Scored(Found.Place place, double score) {
        static final Comparator<Scored> BEST_FIRST = Comparator.comparingDouble((Scored scored) -> -scored.score())
                .thenComparing(Scored::place, Found.Place.ORDER);
    }

    /** Those that can be among the hits, in order: the places of the others are not worth reading. */
    private List<Scored> best(ScoredDocs scores) throws IOException {
        ScoredDocs best = grouped() ? scores : scores.bestWithTies(plan.k());
        return ordered(best, Places.of(reader, best.docs()));
    }

    /** By score, equal ones by their place. */
    private static List<Scored> ordered(ScoredDocs scores, Map<Integer, Found.Place> places) {
        var order = new ArrayList<Scored>(scores.size());
        for (int i = 0; i < scores.size(); i++) {
            order.add(new Scored(Objects.requireNonNull(places.get(scores.docs()[i])), scores.scores()[i]));
        }
        order.sort(Scored.BEST_FIRST);
        return order;
    }

    private static Map<Integer, Integer> ranks(List<Scored> order) {
        var ranks = HashMap.<Integer, Integer>newHashMap(order.size());
        order.forEach(scored -> ranks.put(scored.place().doc(), ranks.size() + 1));
        return ranks;
    }

    private static OptionalInt rank(@Nullable Integer rank) {
        return rank == null ? OptionalInt.empty() : OptionalInt.of(rank);
    }

    private List<Found> bounded(List<Found> ranked, SearchMode mode) {
        double leastCosine = mode == SearchMode.KEYWORD ? -1 : plan.minScore().orElse(Double.NEGATIVE_INFINITY);
        var perDocument = new HashMap<String, Integer>();
        var bounded = new ArrayList<Found>(plan.k());
        for (Found found : ranked) {
            if (bounded.size() == plan.k()) {
                break;
            }
            if (found.cosine().orElse(leastCosine) >= leastCosine
                    && perDocument.merge(found.place().documentId(), 1, Integer::sum) <= plan.maxPerDocument()) {
                bounded.add(found);
            }
        }
        return bounded;
    }
}
