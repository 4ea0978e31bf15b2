package dev.siskin.retrieval.fusion;

import dev.siskin.api.FusionMethod;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Merges the vector side and the keyword side of a search into one ranking.
 *
 * <p>The candidates are the union of what either side found, and each carries its exact score on both: one that only
 * the vectors found is scored by BM25 too (0 where no term matches), and the other way round. So every rule sees the
 * whole of both sides over one set of passages, and no candidate is punished for being cut off on one of them.
 */
public sealed interface Fusion permits ConvexFusion, ReciprocalRankFusion, LogOddsFusion {
    /** Candidates of either side: more of them change the order of the first ten no more. */
    int CANDIDATES_PER_SIDE = 200;

    /** The rule of a name on the wire, with its defaults. */
    static Fusion of(FusionMethod method) {
        return switch (method) {
            case CONVEX -> new ConvexFusion();
            case RRF -> new ReciprocalRankFusion();
            case LOG_ODDS -> new LogOddsFusion();
        };
    }

    /**
     * A passage with its exact scores.
     *
     * @param passage whatever is ranked
     * @param cosine of query and passage, -1 to 1
     * @param bm25 0 where no term of the query occurs
     */
    record Candidate<T>(T passage, double cosine, double bm25) {}

    /** A candidate and its fused score, 0 to 1. */
    record Fused<T>(Candidate<T> candidate, double score) {}

    /** Fused scores {@code [candidates]}, 0 to 1, in the order of the candidates; equal candidates get equal ones. */
    double[] scores(List<? extends Candidate<?>> candidates);

    /** All candidates, best first: by fused score, cosine, BM25, then the order given, so that equal calls answer equally. */
    default <T> List<Fused<T>> fuse(List<Candidate<T>> candidates, Comparator<? super T> ties) {
        double[] scores = scores(candidates);
        List<Fused<T>> fused = new ArrayList<>(scores.length);
        for (int i = 0; i < scores.length; i++) {
            fused.add(new Fused<>(candidates.get(i), scores[i]));
        }
        fused.sort(Comparator.comparingDouble((Fused<T> f) -> -f.score())
                .thenComparingDouble(f -> -f.candidate().cosine())
                .thenComparingDouble(f -> -f.candidate().bm25())
                .thenComparing(f -> f.candidate().passage(), ties));
        return fused;
    }
}
