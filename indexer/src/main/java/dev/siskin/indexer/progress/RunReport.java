package dev.siskin.indexer.progress;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run did, as {@code --json} prints it.
 *
 * @param chunks of the documents added and replaced
 * @param resumed chunks that an earlier run, which did not end, had sent already
 * @param removed documents whose file is gone, where that was asked for
 * @param notPruned why nothing was removed although that was asked for; null where it was
 * @param stopped why the run ended before all was looked at; null where it did not
 * @param dryRun whether nothing was done of what is counted
 * @param estimate of a dry run: what the documents to add and to replace would take; null where there are none
 * @param tokens tokens embedded, contexts and overlaps counted
 */
public record RunReport(
        String collection,
        String service,
        long added,
        long replaced,
        long unchanged,
        long removed,
        long failed,
        long chunks,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) long resumed,
        long tokens,
        double seconds,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String notPruned,
        @Nullable String stopped,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean dryRun,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Estimate estimate,
        List<Failure> failures) {
    /** The report over a run's final counts. */
    public static RunReport of(
            String collection,
            String service,
            RunProgress progress,
            double seconds,
            @Nullable String stopped,
            boolean dryRun,
            @Nullable Estimate estimate) {
        RunProgress.Snapshot counts = progress.snapshot();
        return new RunReport(
                collection,
                service,
                counts.added(),
                counts.replaced(),
                counts.unchanged(),
                counts.removed(),
                counts.failed(),
                counts.chunks(),
                counts.resumed(),
                counts.tokens(),
                Math.round(seconds * 1000) / 1000.0,
                progress.notPruned().orElse(null),
                stopped,
                dryRun,
                estimate,
                progress.failures());
    }
}
