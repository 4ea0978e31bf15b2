package dev.siskin.bench;

import dev.siskin.api.Hit;
import dev.siskin.api.SearchMode;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.SearchResponse;
import dev.siskin.http.ServiceClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Ranking on a BEIR collection through the search route, best chunk per document.
 *
 * <p>Workload: every judged query of the split in each mode, {@code k} 50, one after the other. Index
 * first: {@code ./siskin bench prepare scifact --data DIR --out /tmp/scifact && ./siskin index /tmp/scifact
 * --collection scifact}; then {@code ./siskin bench scifact --data DIR}.
 */
@Command(name = "scifact", mixinStandardHelpOptions = true, description = "nDCG@10 and recall by search mode.")
final class ScifactCommand implements Callable<Integer> {
    private static final int K = 50;
    private static final int RANKS = 10;

    @Mixin
    private Services services = new Services();

    @Option(names = "--data", required = true, description = "folder in BEIR's layout")
    private Path data = Path.of("");

    @Option(names = "--collection", defaultValue = "scifact", description = "default: ${DEFAULT-VALUE}")
    private String collection = "scifact";

    @Option(names = "--split", defaultValue = "test", description = "default: ${DEFAULT-VALUE}")
    private String split = "test";

    @Override
    public Integer call() throws IOException {
        var beir = new Beir(data);
        Map<String, String> queries = beir.queries();
        Map<String, Map<String, Integer>> judgements = beir.judgements(split);
        System.out.println(MachineFacts.line());
        System.out.printf(
                Locale.ROOT,
                "%s %s, %d queries%n%-8s %8s %10s %10s%n",
                collection,
                split,
                judgements.size(),
                "mode",
                "nDCG@10",
                "recall@10",
                "p50 ms");
        try (ServiceClient retrieval = services.retrieval()) {
            for (SearchMode mode : List.of(SearchMode.KEYWORD, SearchMode.VECTOR, SearchMode.HYBRID)) {
                measure(retrieval, mode, queries, judgements);
            }
        }
        return 0;
    }

    private void measure(
            ServiceClient retrieval,
            SearchMode mode,
            Map<String, String> queries,
            Map<String, Map<String, Integer>> judgements) {
        double ndcg = 0;
        double recall = 0;
        var millis = new Latencies();
        for (Map.Entry<String, Map<String, Integer>> judged : judgements.entrySet()) {
            String query = queries.getOrDefault(judged.getKey(), "");
            SearchResponse found = retrieval.post(
                    "/v1/collections/" + collection + "/search",
                    request(query, mode),
                    SearchResponse.class,
                    Duration.ofSeconds(60));
            millis.add(found.timingsMs().total());
            List<String> ranking = documents(found.hits());
            ndcg += RankingMetrics.ndcg(ranking, judged.getValue(), RANKS);
            recall += RankingMetrics.recall(ranking, judged.getValue(), RANKS);
        }
        int count = judgements.size();
        System.out.printf(
                Locale.ROOT,
                "%-8s %8.4f %10.4f %10.2f%n",
                mode.name().toLowerCase(Locale.ROOT),
                ndcg / count,
                recall / count,
                millis.quantile(0.5));
    }

    private static SearchRequest request(String query, SearchMode mode) {
        return new SearchRequest(query, null, K, mode, null, null, null, null, List.of(), 60_000, null, null);
    }

    /** Documents by their best chunk: the file's name without folder and extension is the passage's id. */
    static List<String> documents(List<Hit> hits) {
        var documents = new LinkedHashSet<String>();
        for (Hit hit : hits) {
            String id = hit.documentId();
            String name = id.substring(id.lastIndexOf('/') + 1);
            documents.add(name.endsWith(".md") ? name.substring(0, name.length() - 3) : name);
        }
        return List.copyOf(documents);
    }
}
