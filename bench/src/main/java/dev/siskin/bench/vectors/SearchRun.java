package dev.siskin.bench.vectors;

import dev.siskin.api.Filter;
import dev.siskin.bench.Latencies;
import dev.siskin.bench.dataset.Truth;
import dev.siskin.retrieval.collection.Snapshot;
import dev.siskin.retrieval.search.ScoredDocs;
import dev.siskin.retrieval.search.VectorSide;
import java.io.IOException;
import java.util.Comparator;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/** One thread's searches, round and round the queries, until a moment; recall and visited nodes of the first round. */
final class SearchRun implements Callable<SearchRun> {
    private final Snapshot snapshot;
    private final int[] numbers;
    private final float[][] queries;
    private final Truth truth;
    private final Filter filter;
    private final int candidates;
    private final int k;
    private final long end;
    private final int first;
    private final Latencies millis = new Latencies();
    private double recall;
    private long visited;

    /**
     * @param truth of the passages that the filter lets pass
     * @param numbers passage numbers by Lucene document
     * @param end on the clock of {@link System#nanoTime}; a first round is finished in any case
     * @param first query
     */
    SearchRun(
            Snapshot snapshot,
            int[] numbers,
            float[][] queries,
            Truth truth,
            Filter filter,
            int candidates,
            int k,
            long end,
            int first) {
        this.snapshot = snapshot;
        this.numbers = numbers;
        this.queries = queries;
        this.truth = truth;
        this.filter = filter;
        this.candidates = candidates;
        this.k = k;
        this.end = end;
        this.first = first;
    }

    @Override
    public SearchRun call() throws IOException {
        for (int sent = 0; sent < queries.length || System.nanoTime() - end < 0; sent++) {
            int query = (first + sent) % queries.length;
            long began = System.nanoTime();
            VectorSide side = VectorIndex.search(snapshot, queries[query], filter);
            VectorSide.Candidates near = side.candidates(candidates);
            int[] found = best(side.cosines(near.docs()));
            millis.add((System.nanoTime() - began) / 1e6);
            if (sent < queries.length) {
                recall += truth.recall(query, found, k);
                visited += near.visited();
            }
        }
        return this;
    }

    private int[] best(ScoredDocs scored) {
        return IntStream.range(0, scored.docs().length)
                .boxed()
                .sorted(Comparator.comparingDouble(place -> -scored.scores()[place]))
                .limit(k)
                .mapToInt(place -> numbers[scored.docs()[place]])
                .toArray();
    }

    Latencies millis() {
        return millis;
    }

    double recall() {
        return recall / queries.length;
    }

    double visited() {
        return (double) visited / queries.length;
    }
}
