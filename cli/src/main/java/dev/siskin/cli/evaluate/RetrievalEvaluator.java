package dev.siskin.cli.evaluate;

import dev.siskin.api.CollectionInfo;
import dev.siskin.api.DocumentHashes;
import dev.siskin.api.DocumentIds;
import dev.siskin.api.Hit;
import dev.siskin.api.SearchMode;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.SearchResponse;
import dev.siskin.cli.CommandFailure;
import dev.siskin.cli.evaluate.Evaluation.MetricResult;
import dev.siskin.cli.evaluate.Evaluation.ModeResult;
import dev.siskin.cli.evaluate.Evaluation.Searched;
import dev.siskin.cli.print.Progress;
import dev.siskin.http.ServiceClient;
import dev.siskin.http.ServiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a collection all judged queries, several at once, and measures the rankings. Several chunks of a document count
 * once, where the best of them stands. An answer that the service flags as degraded is left out and counted.
 */
public final class RetrievalEvaluator {
    private static final int DEADLINE_MS = 30_000;
    private static final Duration TIMEOUT = Duration.ofMillis(DEADLINE_MS).plusSeconds(30);
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int IDS_AT_ONCE = 1000;
    private static final int QUOTED_CHARS = 60;

    private final ServiceClient client;
    private final JudgedCorpus corpus;
    private final List<Metric> metrics;
    private final int concurrency;
    private final Consumer<String> warnings;
    private String told = "";

    /**
     * An evaluator of one service.
     *
     * @param recallRanks the ranks down to which recall is measured
     * @param concurrency requests at once
     */
    public RetrievalEvaluator(
            ServiceClient client,
            JudgedCorpus corpus,
            List<Integer> recallRanks,
            int concurrency,
            Consumer<String> warnings) {
        this.client = client;
        this.corpus = corpus;
        this.metrics = Metric.all(recallRanks);
        this.concurrency = concurrency;
        this.warnings = warnings;
    }

    /**
     * A collection that can be evaluated.
     *
     * @param missing judged documents that it does not hold
     */
    public record Candidate(CollectionInfo info, int missing) {}

    /** @throws CommandFailure where the collection is not there or holds none of the judged documents */
    public Candidate check(String collection) throws InterruptedException {
        var service = new BusyService(this::tellOnce);
        CollectionInfo info = service.ask(() -> info(collection));
        List<String> documents = corpus.documents();
        int stored = 0;
        for (int from = 0; from < documents.size(); from += IDS_AT_ONCE) {
            List<String> ids = documents.subList(from, Math.min(documents.size(), from + IDS_AT_ONCE));
            DocumentHashes hashes = service.ask(() -> client.post(
                    path(collection) + "/documents/status", new DocumentIds(ids), DocumentHashes.class, SOON));
            stored += (int) hashes.contentHashes().values().stream()
                    .filter(Objects::nonNull)
                    .count();
        }
        if (stored == 0) {
            throw new CommandFailure(
                    "collection %s holds none of the %d judged documents, such as %s; index them first: %s; where they have another source, name it with --source-name"
                            .formatted(collection, documents.size(), documents.getFirst(), indexCommand(collection)));
        }
        int missing = documents.size() - stored;
        if (missing > 0) {
            warnings.accept(
                    "%d of %d judged documents are not in collection %s and count as not found; to index them: %s"
                            .formatted(missing, documents.size(), collection, indexCommand(collection)));
        }
        return new Candidate(info, missing);
    }

    private void tellOnce(String notice) {
        if (!notice.isEmpty() && !notice.equals(told)) {
            warnings.accept(notice);
        }
        told = notice;
    }

    private CollectionInfo info(String collection) {
        try {
            return client.get(path(collection), CollectionInfo.class, SOON);
        } catch (ServiceException refusal) {
            if (refusal.status() == 404) {
                throw new CommandFailure(refusal.detail() + "; index it first: " + indexCommand(collection));
            }
            throw refusal;
        }
    }

    private String indexCommand(String collection) {
        return "./siskin index --format jsonl %s --collection %s".formatted(corpus.file(), collection);
    }

    /** Measures a collection in each of these modes, one after the other. */
    public Evaluation evaluate(Candidate candidate, List<SearchMode> modes, Progress progress)
            throws InterruptedException {
        CollectionInfo info = candidate.info();
        var results = new ArrayList<ModeResult>();
        var generations = new LongSummaryStatistics();
        for (SearchMode mode : modes) {
            progress.doing(info.name() + ", " + SearchModes.name(mode));
            List<SearchResponse> answers = ask(info.name(), mode, progress);
            answers.forEach(answer -> generations.accept(answer.generation()));
            results.add(measure(mode, answers));
        }
        if (generations.getMin() != generations.getMax()) {
            warnings.accept(
                    "collection %s was written to meanwhile, generations %d to %d; its figures are of no one state"
                            .formatted(info.name(), generations.getMin(), generations.getMax()));
        }
        boolean isComplete = results.stream().allMatch(ModeResult::isComplete);
        return new Evaluation(
                Evaluation.FORMAT,
                Evaluation.VERSION,
                corpus.judgments(),
                new Searched(
                        info.name(),
                        info.embeddingModel(),
                        info.quantization(),
                        info.language(),
                        info.documents(),
                        info.chunks(),
                        candidate.missing(),
                        generations.getMax()),
                isComplete ? corpus.queries().stream().map(JudgedQuery::id).toList() : null,
                isComplete ? results : results.stream().map(ModeResult::summary).toList());
    }

    /** The answers in the order of the queries; the first failure ends them all. */
    private List<SearchResponse> ask(String collection, SearchMode mode, Progress progress)
            throws InterruptedException {
        var service = new BusyService(progress::notice);
        ExecutorService pool =
                Executors.newFixedThreadPool(concurrency, Thread.ofVirtual().factory());
        try {
            CompletionService<SearchResponse> completed = new ExecutorCompletionService<>(pool);
            var answers = new ArrayList<Future<SearchResponse>>();
            for (JudgedQuery query : corpus.queries()) {
                Callable<SearchResponse> search = () -> service.ask(() -> search(collection, mode, query));
                answers.add(completed.submit(search));
            }
            for (int answered = 0; answered < answers.size(); answered++) {
                completed.take().get();
                progress.step();
            }
            return answers.stream().map(Future::resultNow).toList();
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof RuntimeException known
                    ? known
                    : new IllegalStateException(failed.getCause());
        } finally {
            pool.shutdownNow();
        }
    }

    private SearchResponse search(String collection, SearchMode mode, JudgedQuery query) {
        try {
            return client.post(path(collection) + "/search", request(mode, query), SearchResponse.class, TIMEOUT);
        } catch (ServiceException refusal) {
            if (refusal.status() == 400 || refusal.status() == 422) {
                throw new CommandFailure("query %s, '%s': %s"
                        .formatted(
                                query.id(),
                                query.text()
                                        .substring(
                                                0,
                                                Math.min(
                                                        QUOTED_CHARS,
                                                        query.text().length())),
                                refusal.detail()));
            }
            throw refusal;
        }
    }

    private SearchRequest request(SearchMode mode, JudgedQuery query) {
        int k = metrics.stream().mapToInt(Metric::k).max().orElseThrow();
        return new SearchRequest(
                query.text(), null, k, mode, null, null, null, null, 1, List.of(), DEADLINE_MS, null, null);
    }

    private ModeResult measure(SearchMode mode, List<SearchResponse> answers) {
        var values = new ArrayList<List<Double>>();
        metrics.forEach(metric -> values.add(new ArrayList<>()));
        var degraded = new TreeMap<String, Integer>();
        int withoutHits = 0;
        for (int query = 0; query < answers.size(); query++) {
            SearchResponse answer = answers.get(query);
            SearchResponse.@Nullable Degraded fellShort = answer.degraded();
            if (fellShort != null) {
                degraded.merge(fellShort.step() + " because of " + fellShort.cause(), 1, Integer::sum);
                continue;
            }
            List<String> ranking = answer.hits().stream().map(Hit::documentId).toList();
            withoutHits += ranking.isEmpty() ? 1 : 0;
            for (int metric = 0; metric < metrics.size(); metric++) {
                values.get(metric)
                        .add(metrics.get(metric)
                                .of(ranking, corpus.queries().get(query).grades()));
            }
        }
        return new ModeResult(mode, values.getFirst().size(), withoutHits, degraded, results(values));
    }

    private List<MetricResult> results(List<List<Double>> values) {
        var results = new ArrayList<MetricResult>();
        for (int metric = 0; metric < metrics.size() && !values.get(metric).isEmpty(); metric++) {
            Estimate estimate = Estimate.of(values.get(metric));
            results.add(new MetricResult(
                    metrics.get(metric).label(), estimate.mean(), estimate.low(), estimate.high(), values.get(metric)));
        }
        return results;
    }

    private static String path(String collection) {
        return "/v1/collections/" + ServiceClient.segment(collection);
    }
}
