package dev.siskin.inference.answering;

import dev.siskin.auth.Caller;
import dev.siskin.inference.accounting.StageClock;
import dev.siskin.inference.cache.CacheKey;
import dev.siskin.inference.cache.Index;
import dev.siskin.inference.routing.Plan;
import dev.siskin.inference.shaping.ShapedQuestion;
import java.time.Duration;

/** A request on its way: who asks what, what it may use, and its time. */
record Errand(Caller caller, ShapedQuestion question, Plan plan, StageClock clock, AnswerListener listener) {
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

    CacheKey.Passages passagesAt(long generation) {
        return new CacheKey.Passages(index(), generation, question.question(), question.topK(), question.filter());
    }

    CacheKey.Answer answerAt(long generation) {
        return answerAt(generation, plan);
    }

    CacheKey.Answer answerAt(long generation, Plan other) {
        return new CacheKey.Answer(passagesAt(generation), other.cacheKey());
    }
}
