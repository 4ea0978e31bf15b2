package dev.siskin.inference.answering;

import dev.siskin.api.Tier;
import dev.siskin.auth.Caller;
import dev.siskin.inference.accounting.StageClock;
import dev.siskin.inference.cache.CacheKey;
import dev.siskin.inference.cache.Index;
import dev.siskin.inference.retrieval.Query;
import dev.siskin.inference.routing.Plan;
import dev.siskin.inference.shaping.ShapedQuestion;
import java.time.Duration;

/**
 * A request on its way: who asks what, what it may use, and its time.
 *
 * @param endpoint of retrieval-service that the collection is asked at, in whose generations it counts
 */
record Errand(
        String endpoint, Caller caller, ShapedQuestion question, Plan plan, StageClock clock, AnswerListener listener) {
    /** Kept back at most from the time of a search or a tier, for what comes behind it. */
    private static final Duration MOST_KEPT_BACK = Duration.ofMillis(250);

    /** Kept back at most from the time of the extractive tier: passages are given at once. */
    private static final Duration MOST_KEPT_FOR_PASSAGES = Duration.ofMillis(20);

    /** The same at another endpoint. */
    Errand at(String other) {
        return new Errand(other, caller, question, plan, clock, listener);
    }

    String tenant() {
        return caller.tenant();
    }

    Index index() {
        return new Index(tenant(), question.collection());
    }

    /** Time left. */
    Duration patience() {
        return question.deadline().minus(clock.elapsed());
    }

    /** Time left for a search, so that there is some to answer from what it found. */
    Duration searchPatience() {
        return lessTenth(MOST_KEPT_BACK);
    }

    /** Time left for a tier, so that there is some for the next step where one may be taken. */
    Duration tierPatience(Tier tier) {
        if (!question.allowDegraded()) {
            return patience();
        }
        return lessTenth(tier == Tier.EXTRACTIVE ? MOST_KEPT_FOR_PASSAGES : MOST_KEPT_BACK);
    }

    private Duration lessTenth(Duration most) {
        Duration left = patience();
        Duration tenth = left.dividedBy(10);
        return left.minus(tenth.compareTo(most) < 0 ? tenth : most);
    }

    Query query() {
        return new Query(
                tenant(),
                question.collection(),
                question.question(),
                question.topK(),
                question.filter(),
                question.minGeneration());
    }

    CacheKey.Passages passagesAt(long generation) {
        return new CacheKey.Passages(
                endpoint, index(), generation, question.question(), question.topK(), question.filter());
    }

    CacheKey.Answer answerAt(long generation) {
        return answerAt(generation, plan);
    }

    CacheKey.Answer answerAt(long generation, Plan other) {
        return new CacheKey.Answer(passagesAt(generation), other.cacheKey());
    }
}
