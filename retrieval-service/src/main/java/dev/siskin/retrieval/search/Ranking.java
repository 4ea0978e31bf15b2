package dev.siskin.retrieval.search;

import dev.siskin.api.SearchMode;
import dev.siskin.retrieval.fusion.Fusion;
import dev.siskin.retrieval.fusion.Fusion.Candidate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.apache.lucene.index.IndexReader;
import org.jspecify.annotations.Nullable;

/**
 * Ranks the chunks of a snapshot: candidates of each side, their exact scores on every side asked, one order. For one
 * search.
 */
final class Ranking {
    private final IndexReader reader;
    private final SearchPlan plan;
    private final int candidateFloor;
    private final Deadline deadline;
    private final Fusion fusion;

    Ranking(IndexReader reader, SearchPlan plan, int candidateFloor, Deadline deadline, Fusion fusion) {
        this.reader = reader;
        this.plan = plan;
        this.candidateFloor = candidateFloor;
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
        Map<Integer, Double> cosines = cosines(vectors, plan.candidates(candidateFloor));
        List<Found.Place> order = ordered(cosines);
        var ranked = new ArrayList<Found>(order.size());
        for (Found.Place place : order) {
            double cosine = cosines.getOrDefault(place.doc(), 0.0);
            ranked.add(new Found(
                    place,
                    cosine,
                    OptionalDouble.of(cosine),
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    OptionalInt.of(ranked.size() + 1),
                    OptionalInt.empty()));
        }
        return ranked;
    }

    private List<Found> byKeyword(KeywordSide keywords) throws IOException {
        boolean grouped = plan.maxPerDocument() < plan.k();
        Map<Integer, Double> scores = keywords.best(grouped ? perSide() : plan.k());
        List<Found.Place> order = ordered(scores);
        var ranked = new ArrayList<Found>(order.size());
        for (Found.Place place : order) {
            double score = scores.getOrDefault(place.doc(), 0.0);
            ranked.add(new Found(
                    place,
                    score,
                    OptionalDouble.empty(),
                    OptionalDouble.of(score),
                    OptionalDouble.empty(),
                    OptionalInt.empty(),
                    OptionalInt.of(ranked.size() + 1)));
        }
        return ranked;
    }

    private List<Found> byBoth(VectorSide vectors, KeywordSide keywords) throws IOException {
        int perSide = perSide();
        Map<Integer, Double> cosines = cosines(vectors, Math.max(perSide, plan.candidates(candidateFloor)));
        Map<Integer, Double> scores = deadline.shouldExit() ? new HashMap<>() : keywords.best(perSide);
        List<Found.Place> byCosine = ordered(cosines);
        byCosine = byCosine.subList(0, Math.min(perSide, byCosine.size()));
        Map<Integer, Integer> vectorRanks = ranks(byCosine);
        Map<Integer, Integer> keywordRanks = ranks(ordered(scores));

        var union = new HashSet<>(vectorRanks.keySet());
        union.addAll(keywordRanks.keySet());
        addMissing(cosines, vectors.cosines(without(union, cosines)));
        addMissing(scores, keywords.scores(without(union, scores)));

        Map<Integer, Found.Place> places = Places.of(reader, union);
        var candidates = new ArrayList<Candidate<Found.Place>>(union.size());
        places.forEach((doc, place) ->
                candidates.add(new Candidate<>(place, cosines.getOrDefault(doc, 0.0), scores.getOrDefault(doc, 0.0))));
        return fusion.fuse(candidates, Found.Place.ORDER).stream()
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

    private Map<Integer, Double> cosines(VectorSide vectors, int candidates) throws IOException {
        return plan.exact() ? vectors.exhaustive(exactCandidates()) : vectors.cosines(vectors.candidates(candidates));
    }

    /** As many as can be among the hits, and the most allowed where a document's chunks may take each other's place. */
    private int exactCandidates() {
        return plan.maxPerDocument() < plan.k() ? SearchPlan.MAX_CANDIDATES : perSide();
    }

    private List<Found.Place> ordered(Map<Integer, Double> scores) throws IOException {
        ToDoubleFunction<Found.Place> descending = place -> -scores.getOrDefault(place.doc(), 0.0);
        return Places.of(reader, scores.keySet()).values().stream()
                .sorted(Comparator.comparingDouble(descending).thenComparing(Found.Place.ORDER))
                .toList();
    }

    private static Map<Integer, Integer> ranks(List<Found.Place> order) {
        var ranks = new LinkedHashMap<Integer, Integer>();
        order.forEach(place -> ranks.put(place.doc(), ranks.size() + 1));
        return ranks;
    }

    private static java.util.Collection<Integer> without(Set<Integer> docs, Map<Integer, Double> known) {
        return docs.stream().filter(doc -> !known.containsKey(doc)).toList();
    }

    private static void addMissing(Map<Integer, Double> known, Map<Integer, Double> others) {
        others.forEach(known::putIfAbsent);
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
