package dev.siskin.cli.evaluate;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.siskin.api.Quantization;
import dev.siskin.api.SearchMode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How well one collection was searched, as {@code --save} writes it.
 *
 * @param format {@link #FORMAT}
 * @param version of the format
 * @param queryIds what the values of each metric belong to, in their order; null where there are no values, as when
 *     answers were degraded
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Evaluation(
        String format,
        int version,
        Judgments judgments,
        Searched collection,
        @Nullable List<String> queryIds,
        List<ModeResult> modes) {
    /** Marks the files of this format. */
    static final String FORMAT = "siskin-retrieval-evaluation";

    static final int VERSION = 1;

    public Evaluation {
        int values = queryIds == null ? 0 : queryIds.size();
        for (ModeResult mode : modes) {
            for (MetricResult metric : mode.metrics()) {
                if ((metric.values() == null ? 0 : metric.values().size()) != values) {
                    throw new IllegalArgumentException("there must be a value a query: %d queries, %s %s"
                            .formatted(values, SearchModes.name(mode.mode()), metric.metric()));
                }
            }
        }
    }

    /**
     * What it was measured with.
     *
     * @param documents judged, each once
     * @param corpusSha256 of {@code corpus.jsonl}
     * @param judgmentsSha256 of the texts of the queries and their judgments
     */
    public record Judgments(
            String source, String split, int queries, int documents, String corpusSha256, String judgmentsSha256) {}

    /**
     * What was searched.
     *
     * @param missing judged documents that it does not hold
     * @param generation of the last answer
     */
    public record Searched(
            String name,
            String embeddingModel,
            Quantization quantization,
            String language,
            long documents,
            long chunks,
            int missing,
            long generation) {}

    /**
     * The figures of one mode.
     *
     * @param queries answered in full: what the means are over
     * @param withoutHits of these, the queries for which nothing was found
     * @param degraded answers left out, by how they fell short
     * @param metrics empty where no query was answered in full
     */
    public record ModeResult(
            SearchMode mode, int queries, int withoutHits, Map<String, Integer> degraded, List<MetricResult> metrics) {
        boolean isComplete() {
            return degraded.isEmpty();
        }

        /** The same without the values of each query. */
        ModeResult summary() {
            return new ModeResult(
                    mode,
                    queries,
                    withoutHits,
                    degraded,
                    metrics.stream()
                            .map(metric ->
                                    new MetricResult(metric.metric(), metric.mean(), metric.low(), metric.high(), null))
                            .toList());
        }

        Optional<MetricResult> metric(String name) {
            return metrics.stream()
                    .filter(metric -> metric.metric().equals(name))
                    .findFirst();
        }
    }

    /**
     * A mean over queries with its 95 % confidence interval.
     *
     * @param values of each query
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record MetricResult(
            String metric,
            double mean,
            double low,
            double high,
            @Nullable List<Double> values) {}

    /** Whether every query was answered in full, in every mode. */
    @JsonIgnore
    public boolean isComplete() {
        return modes.stream().allMatch(ModeResult::isComplete);
    }

    Optional<ModeResult> mode(SearchMode wanted) {
        return modes.stream().filter(mode -> mode.mode() == wanted).findFirst();
    }

    /** The same without the values of each query. */
    public Evaluation summary() {
        return new Evaluation(
                format,
                version,
                judgments,
                collection,
                null,
                modes.stream().map(ModeResult::summary).toList());
    }
}
