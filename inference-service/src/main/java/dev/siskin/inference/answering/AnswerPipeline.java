package dev.siskin.inference.answering;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.api.AnswerRequest;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.AnswerResponse.CacheUse;
import dev.siskin.api.AnswerResponse.Degraded;
import dev.siskin.api.AnswerResponse.Route;
import dev.siskin.api.SearchResponse;
import dev.siskin.auth.Caller;
import dev.siskin.inference.accounting.CostModel;
import dev.siskin.inference.accounting.Stage;
import dev.siskin.inference.accounting.StageClock;
import dev.siskin.inference.accounting.TokensSpent;
import dev.siskin.inference.cache.CacheKey;
import dev.siskin.inference.cache.GenerationSpaces;
import dev.siskin.inference.cache.Generations;
import dev.siskin.inference.cache.HotCache;
import dev.siskin.inference.cache.Load;
import dev.siskin.inference.cache.MadeAnswer;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.retrieval.Found;
import dev.siskin.inference.retrieval.RetrievalClient;
import dev.siskin.inference.retrieval.RetrievalDownException;
import dev.siskin.inference.retrieval.SearchNoRoomException;
import dev.siskin.inference.retrieval.SearchTimedOutException;
import dev.siskin.inference.routing.Plan;
import dev.siskin.inference.routing.Planner;
import dev.siskin.inference.shaping.QuestionShaper;
import dev.siskin.inference.shaping.ShapedQuestion;
import dev.siskin.inference.shaping.TokenEstimate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The way of a question: shaping, plan, hot cache, retrieval, and {@link AnswerMaker} for the stages behind it.
 *
 * <p><b>Ladder.</b> Where no passages are to be had, for retrieval-service is down or late or memory is short, an answer
 * made earlier is served, flagged: {@code cached} where it is of the newest index generation seen, {@code stale} where a
 * newer one is known. Without one the request fails. {@code allow_degraded: false} turns every step into the error.
 *
 * <p><b>Endpoints.</b> A collection is asked at one endpoint of retrieval-service as long as that one tells its
 * generations, else at the next. Generations of different endpoints do not compare, so the endpoint is part of each
 * cache key, what a second attempt brought from another one is given out and not kept, and where two endpoints have
 * been seen to know a collection an earlier answer is {@code stale}. A search that finds an older generation than is
 * known of its endpoint is {@code stale} too.
 *
 * <p><b>Time.</b> A search gets what the request has left, less a part kept for answering, and no more than its setting.
 * Equal questions share the search and the answer of the first, with the first one's time, priority and listener. What
 * comes of those alone ({@link SharedOutcome}) serves nobody else: whoever has time left begins anew, one at once.
 *
 * <p>Knows nothing of HTTP, takes its time from a ticker; thread-safe.
 */
public final class AnswerPipeline {
    private final QuestionShaper shaper;
    private final Planner planner;
    private final HotCache cache;
    private final GenerationSpaces spaces;
    private final RetrievalClient retrieval;
    private final AnswerMaker maker;
    private final RequestBytes bytes;
    private final CostModel costs;
    private final Ticker ticker;

    public AnswerPipeline(
            QuestionShaper shaper,
            Planner planner,
            HotCache cache,
            GenerationSpaces spaces,
            RetrievalClient retrieval,
            AnswerMaker maker,
            RequestBytes bytes,
            CostModel costs,
            Ticker ticker) {
        this.shaper = shaper;
        this.planner = planner;
        this.cache = cache;
        this.spaces = spaces;
        this.retrieval = retrieval;
        this.maker = maker;
        this.bytes = bytes;
        this.costs = costs;
        this.ticker = ticker;
    }

    /** An answer in hand. */
    private record Obtained(MadeAnswer answer, CacheUse cache) {}

    /**
     * Answers.
     *
     * @return the answer, to be closed once it has been sent
     * @throws dev.siskin.inference.shaping.InvalidQuestionException where the request cannot be answered as it stands
     * @throws dev.siskin.inference.routing.TierNotOfferedException where a tier is insisted on that does not run here
     * @throws dev.siskin.inference.retrieval.SearchRefusedException where the collection does not exist, for one
     * @throws RetrievalDownException where retrieval is down and no earlier answer may stand in
     * @throws dev.siskin.inference.batching.QueueFullException where too many answers wait and nothing may stand in
     * @throws StepRefusedException where only a degraded answer can be had and none is allowed
     * @throws GenerationNotReachedException where the index stayed behind {@code min_generation} until the deadline
     * @throws NeverFitsException where the request may need more memory than there is for all
     * @throws MemoryShortException where too little is free now and no earlier answer may stand in
     * @throws SearchNoRoomException where too little is free for the search's response, and the same
     * @throws TooLateException where the deadline passed with nothing in hand
     */
    public Answered answer(AnswerRequest request, Caller caller, String requestId, AnswerListener listener) {
        var clock = new StageClock(ticker);
        ShapedQuestion question = shaper.shape(request);
        Plan plan = planner.plan(question, caller.tier());
        var heard = new HeardSoFar(listener);
        List<String> endpoints = retrieval.endpoints(
                caller.tenant(), question.collection(), question.minGeneration().isPresent());
        var first =
                new Errand(endpoints.getFirst(), caller, question, plan, clock, listener.isLive() ? heard : listener);
        clock.lap(Stage.SHAPE);
        Optional<Errand> confirmed = confirmed(first, endpoints);
        Errand errand = confirmed.orElse(first);
        RequestBytes.@Nullable Share share = null;
        try {
            share = bytes.reserve(errand.tenant(), question);
            Obtained obtained = obtain(errand, confirmed.isPresent(), share);
            heard.catchUp(
                    obtained.answer(),
                    () -> cache.find(errand.passagesAt(obtained.answer().generation()))
                            .map(Found::response));
            return new Answered(
                    response(errand, obtained, requestId, share.bytes()),
                    obtained.answer().read().cut(),
                    share::close);
        } catch (MemoryShortException full) {
            giveBack(share);
            Obtained earlier = earlier(errand, Cause.MEMORY_PRESSURE).orElseThrow(() -> full);
            heard.catchUp(earlier.answer(), Optional::empty);
            return new Answered(
                    response(errand, earlier, requestId, 0),
                    earlier.answer().read().cut(),
                    () -> {});
        } catch (RuntimeException | Error failed) {
            giveBack(share);
            throw failed;
        }
    }

    private static void giveBack(RequestBytes.@Nullable Share share) {
        if (share != null) {
            share.close();
        }
    }

    /** At the first endpoint that tells its generations. */
    private Optional<Errand> confirmed(Errand errand, List<String> endpoints) {
        Optional<Errand> confirmed = endpoints.stream()
                .filter(endpoint -> spaces.at(endpoint).watch().confirm(errand.tenant(), errand.patience()))
                .findFirst()
                .map(errand::at);
        errand.clock().lap(Stage.QUEUE);
        return confirmed;
    }

    private Obtained obtain(Errand errand, boolean confirmed, RequestBytes.Share share) {
        try {
            CacheKey.Answer key = key(errand);
            if (confirmed) {
                return shared(errand, key, key.generation(), share);
            }
            Optional<Obtained> earlier = earlier(errand, Cause.RETRIEVAL_DOWN);
            return earlier.isPresent() ? earlier.get() : shared(errand, pastCache(key), key.generation(), share);
        } catch (RetrievalDownException down) {
            return earlier(errand, Cause.RETRIEVAL_DOWN).orElseThrow(() -> down);
        } catch (SearchNoRoomException full) {
            return earlier(errand, Cause.MEMORY_PRESSURE).orElseThrow(() -> full);
        } catch (TimeoutException | SearchTimedOutException late) {
            return earlier(errand, Cause.DEADLINE).orElseThrow(() -> nothingInTime(errand));
        }
    }

    private RuntimeException nothingInTime(Errand errand) {
        long deadlineMs = errand.question().deadline().toMillis();
        long wanted = errand.question().minGeneration().orElse(0);
        long reached = generations(errand).current(errand.index()).orElse(0);
        return reached < wanted
                ? new GenerationNotReachedException(("collection '%s' is at generation %d and did not reach"
                                + " min_generation=%d within deadline_ms=%d: try again, or allow more time")
                        .formatted(errand.question().collection(), reached, wanted, deadlineMs))
                : new TooLateException("no answer within deadline_ms=" + deadlineMs + ": allow more time");
    }

    private Generations generations(Errand errand) {
        return spaces.at(errand.endpoint()).generations();
    }

    /**
     * Where nobody can say whether what is kept is current: a generation that no value has, so that nothing kept is found
     * and what is made is kept under its own, while equal questions still share one search.
     */
    private static CacheKey.Answer pastCache(CacheKey.Answer key) {
        return key.at(~key.generation());
    }

    /**
     * Equal questions at once cost one search, and none where the answer is there. Whoever joined and got what only the
     * first one's circumstances explain asks again while it has time, and one of them begins the next.
     *
     * @param known generation that the errand's endpoint has reached
     */
    private Obtained shared(Errand errand, CacheKey.Answer key, long known, RequestBytes.Share share)
            throws TimeoutException {
        // written by the load while this thread waits for it
        var hits = new CacheUse[] {CacheUse.NONE};
        while (true) {
            Load<MadeAnswer> load = cache.get(key, cancellation -> {
                maker.refuseIfFull(errand);
                Search search = found(errand, key.passages(), cancellation);
                hits[0] = search.own() ? CacheUse.NONE : CacheUse.RETRIEVAL;
                share.settle(key.passages().bytes(search.found()));
                return make(errand, search.found(), known, cancellation);
            });
            try {
                MadeAnswer answer = load.await(errand.patience());
                if (load.started()) {
                    return new Obtained(answer, hits[0]);
                }
                if (SharedOutcome.serves(answer, errand)) {
                    errand.clock().lap(Stage.QUEUE);
                    return new Obtained(answer, CacheUse.ANSWER);
                }
            } catch (RuntimeException failure) {
                refuseUnlessOthers(load, errand, failure);
            }
        }
    }

    /** A search's outcome, and whether it was begun for this request. */
    private record Search(Found found, boolean own) {}

    /** A search ends by its own timeout, so waiting for one needs no other bound. */
    private Search found(Errand errand, CacheKey.Passages key, Cancellation cancellation) {
        while (true) {
            Load<Found> load = cache.get(key, searching -> search(errand, searching));
            cancellation.onCancel(load::leave);
            try {
                return new Search(load.await(Duration.ofMinutes(10)), load.started());
            } catch (SearchTimedOutException late) {
                refuseUnlessOthers(load, errand, late);
            } catch (TimeoutException stuck) {
                throw new IllegalStateException("a search did not end by its timeout", stuck);
            }
        }
    }

    /** Where it was somebody else's time that ran out, for one, there may be some left here. */
    private static void refuseUnlessOthers(Load<?> load, Errand errand, RuntimeException failure) {
        if (load.started()
                || !SharedOutcome.isTheFirstOnes(failure)
                || !errand.patience().isPositive()) {
            throw failure;
        }
    }

    private Found search(Errand errand, Cancellation cancellation) {
        Found found = retrieval.search(errand.endpoint(), errand.query(), errand.searchPatience(), cancellation);
        spaces.at(found.endpoint()).generations().searched(errand.index(), found.generation());
        return found;
    }

    /**
     * @param known generation that the errand's endpoint has reached
     * @throws StepRefusedException where the search alone makes it a step down and the request allows none
     */
    private MadeAnswer make(Errand errand, Found found, long known, Cancellation cancellation) {
        errand.clock().lap(Stage.RETRIEVE);
        Optional<Degraded> step = stepOf(errand, found, known);
        if (step.isPresent() && !errand.question().allowDegraded()) {
            throw new StepRefusedException("only a degraded answer can be had now (step "
                    + step.get().step() + ", cause " + step.get().cause() + "): try again, or allow_degraded true");
        }
        MadeAnswer answer = maker.make(errand, found.response(), cancellation);
        errand.clock().lap(Stage.GENERATE);
        if (step.isPresent() && answer.route().degraded() == null) {
            return answer.as(step.get());
        }
        return found.endpoint().equals(errand.endpoint()) ? answer : answer.once();
    }

    /** What a search that falls short makes of any answer from it. */
    private Optional<Degraded> stepOf(Errand errand, Found found, long known) {
        SearchResponse.@Nullable Degraded search = found.response().degraded();
        if (search != null) {
            return Optional.of(new Degraded(search.step(), search.cause()));
        }
        Generations there = spaces.at(found.endpoint()).generations();
        boolean elsewhere = !found.endpoint().equals(errand.endpoint());
        long newest = elsewhere ? there.current(errand.index()).orElse(0) : known;
        return found.generation() < newest
                ? Optional.of(new Degraded("stale", Cause.RETRIEVAL_DOWN.wireName()))
                : Optional.empty();
    }

    /** The newest answer made earlier that may stand in. */
    private Optional<Obtained> earlier(Errand errand, Cause cause) {
        if (!errand.question().allowDegraded()) {
            return Optional.empty();
        }
        boolean bound = errand.question().minGeneration().isPresent();
        Stream<String> others = bound ? Stream.empty() : retrieval.endpoints().stream();
        return Stream.concat(Stream.of(errand.endpoint()), others)
                .distinct()
                .flatMap(endpoint -> earlierAt(errand.at(endpoint), cause).stream())
                .findFirst();
    }

    private Optional<Obtained> earlierAt(Errand errand, Cause cause) {
        long oldest = errand.question().minGeneration().orElse(0);
        return generations(errand).remembered(errand.index()).stream()
                .filter(generation -> generation >= oldest)
                .flatMap(generation -> cache.find(errand.answerAt(generation)).stream())
                .flatMap(answer -> {
                    boolean newest = spaces.isNewest(errand.endpoint(), errand.index(), answer.generation());
                    var step = new Degraded(newest ? "cached" : "stale", cause.wireName());
                    return newest || Ladder.allowsStale(cause)
                            ? Stream.of(new Obtained(answer.as(step), CacheUse.ANSWER))
                            : Stream.empty();
                })
                .findFirst();
    }

    private CacheKey.Answer key(Errand errand) {
        long generation = Math.max(
                generations(errand).current(errand.index()).orElse(0),
                errand.question().minGeneration().orElse(0));
        return errand.answerAt(generation);
    }

    private AnswerResponse response(Errand errand, Obtained obtained, String requestId, long reservedBytes) {
        MadeAnswer answer = obtained.answer();
        ShapedQuestion question = errand.question();
        @Nullable Degraded degraded = answer.route().degraded();
        int questionTokens = TokenEstimate.of(question.question());
        AnswerResponse.Timings timings = errand.clock().timings();
        List<TokensSpent> calls = answer.spent(questionTokens);
        var usage = new AnswerResponse.Usage(
                calls.stream().mapToInt(TokensSpent::read).sum(),
                calls.stream().mapToInt(TokensSpent::written).sum(),
                reservedBytes);
        // an answer of the ladder's step "cached" was made earlier, whatever became of the search
        boolean made = obtained.cache() != CacheUse.ANSWER
                && (degraded == null || !degraded.step().equals("cached"));
        return new AnswerResponse(
                answer.text(),
                answer.abstained(),
                answer.citations(),
                new Route(
                        answer.route().tier(),
                        answer.route().model(),
                        answer.route().reason(),
                        degraded == null ? errand.plan().degraded().orElse(null) : degraded),
                new AnswerResponse.Shaping(
                        question.history().turnsDropped(),
                        question.history().turnsCondensed(),
                        answer.read().chunksRetrieved(),
                        answer.read().chunksUsed(),
                        question.tokensBefore() + answer.read().tokensRetrieved(),
                        questionTokens + answer.read().tokensRead(),
                        question.truncated()),
                usage,
                made ? costs.of(timings.total(), calls) : costs.of(timings.total()),
                obtained.cache(),
                answer.generation(),
                timings,
                requestId);
    }
}
