package dev.siskin.bench;

import dev.siskin.api.FusionMethod;
import dev.siskin.api.Hit;
import dev.siskin.api.SearchMode;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.SearchResponse;
import dev.siskin.cli.evaluate.RankingMetrics;
import dev.siskin.http.ServiceClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Ranking of judged queries through the search route, best chunk per document: each side alone, and both under each
 * fusion.
 *
 * <p>Workload: queries of {@link JudgedQueries}, {@code k} 50, one after the other. Index first: {@code ./siskin bench
 * prepare scifact --data DIR --out /tmp/scifact && ./siskin index /tmp/scifact --collection scifact}; then {@code
 * ./siskin bench ranking scifact=scifact:DIR squad=squad:DIR tldr=tldr:DIR}.
 */
@Command(
        name = "ranking",
        aliases = "scifact",
        mixinStandardHelpOptions = true,
        description = "nDCG@10, recall@10 and MRR@10 by search mode and fusion, over judged collections.")
final class RankingCommand implements Callable<Integer> {
    private static final int K = 50;
    private static final int RANKS = 10;
    private static final List<Way> WAYS = List.of(
            new Way("keyword", SearchMode.KEYWORD, null),
            new Way("vector", SearchMode.VECTOR, null),
            new Way("convex", SearchMode.HYBRID, FusionMethod.CONVEX),
            new Way("rrf", SearchMode.HYBRID, FusionMethod.RRF),
            new Way("log_odds", SearchMode.HYBRID, FusionMethod.LOG_ODDS));

    @Mixin
    private Services services = new Services();

    @Parameters(
            arity = "0..*",
            paramLabel = "COLLECTION=KIND:DIR",
            description = "an indexed collection and its queries; KIND is scifact, squad or tldr")
    private List<String> collections = new ArrayList<>();

    @Option(names = "--data", description = "of the one collection scifact, in BEIR's layout")
    private @Nullable String data;

    @Option(
            names = "--queries",
            defaultValue = "2000",
            description = "most queries of a collection, drawn with a fixed seed; default: ${DEFAULT-VALUE}")
    private int most = 2000;

    /** One way to ask, a row of the table. */
    private record Way(
            String name, SearchMode mode, @Nullable FusionMethod fusion) {}

    /** Sums over the queries. */
    private static final class Measured {
        double ndcg;
        double recall;
        double reciprocalRank;
        final Latencies millis = new Latencies();
    }

    @Override
    public Integer call() throws IOException {
        List<String> asked = data == null
                ? collections
                : Stream.concat(collections.stream(), Stream.of("scifact=scifact:" + data))
                        .toList();
        if (asked.isEmpty()) {
            throw new IllegalArgumentException("name a collection and its queries: scifact=scifact:DIR");
        }
        System.out.println(MachineFacts.line());
        System.out.printf(
                Locale.ROOT,
                "%-12s %8s %-9s %8s %10s %8s %8s%n",
                "collection",
                "queries",
                "ranking",
                "nDCG@10",
                "recall@10",
                "MRR@10",
                "p50 ms");
        try (ServiceClient retrieval = services.retrieval()) {
            for (String one : asked) {
                String collection = one.replaceFirst("=.*", "");
                List<JudgedQueries.Query> queries = JudgedQueries.read(one.substring(collection.length() + 1), most);
                for (Way way : WAYS) {
                    print(collection, way, queries.size(), measure(retrieval, collection, way, queries));
                }
            }
        }
        return 0;
    }

    private static Measured measure(
            ServiceClient retrieval, String collection, Way way, List<JudgedQueries.Query> queries) {
        var measured = new Measured();
        for (JudgedQueries.Query query : queries) {
            SearchResponse found = retrieval.post(
                    "/v1/collections/" + collection + "/search",
                    request(query.text(), way),
                    SearchResponse.class,
                    Duration.ofSeconds(60));
            measured.millis.add(found.timingsMs().total());
            List<String> ranking = documents(found.hits());
            measured.ndcg += RankingMetrics.ndcg(ranking, query.grades(), RANKS);
            measured.recall += RankingMetrics.recall(ranking, query.grades(), RANKS);
            measured.reciprocalRank += RankingMetrics.reciprocalRank(ranking, query.grades(), RANKS);
        }
        return measured;
    }

    private static void print(String collection, Way way, int queries, Measured measured) {
        System.out.printf(
                Locale.ROOT,
                "%-12s %8d %-9s %8.4f %10.4f %8.4f %8.2f%n",
                collection,
                queries,
                way.name(),
                measured.ndcg / queries,
                measured.recall / queries,
                measured.reciprocalRank / queries,
                measured.millis.quantile(0.5));
    }

    private static SearchRequest request(String query, Way way) {
        return new SearchRequest(
                query, null, K, way.mode(), way.fusion(), null, null, null, null, List.of(), 60_000, null, null);
    }

    /** Documents by their best chunk: the file's name without folder and extension is the passage's id. */
    static List<String> documents(List<Hit> hits) {
        var documents = new LinkedHashSet<String>();
        for (Hit hit : hits) {
            documents.add(JudgedQueries.passageId(hit.documentId()));
        }
        return List.copyOf(documents);
    }
}
