package dev.siskin.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Memory of one process, as {@code GET /v1/memory} says it.
 *
 * @param limitBytes the cgroup's limit; null where there is none
 * @param source what the figures were read from
 * @param measuredBytes what the cgroup charges, or the process's PSS where the cgroup is shared
 * @param pressureBytes what cannot be given back: anonymous, shared and unreclaimable kernel memory
 * @param workingSetBytes measured less inactive file cache
 * @param pressure {@code normal}, {@code warn}, {@code degrade} or {@code refuse}
 */
public record MemoryReport(
        @Nullable Long limitBytes,
        String source,
        long measuredBytes,
        long pressureBytes,
        long workingSetBytes,
        long mappedFileBytes,
        long peakBytes,
        @Nullable Long headroomBytes,
        String pressure,
        List<Account> accounts,
        long unaccountedBytes) {
    /** Bytes of one owner. */
    public record Account(
            String owner,
            String detail,
            long bytes,
            @Nullable Long capBytes) {}
}
