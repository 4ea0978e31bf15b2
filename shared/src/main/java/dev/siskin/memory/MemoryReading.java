package dev.siskin.memory;

import org.jspecify.annotations.Nullable;

/**
 * Memory of one process at one moment, in bytes.
 *
 * @param source {@code cgroup v1}, {@code cgroup v2} or {@code process}: where limit and usage come from
 * @param pss proportional set size: private memory plus the process's share of what it shares
 * @param rss resident set size
 * @param anonymous private and anonymous pages: what cannot be given back
 * @param mappedFile resident pages of mapped files
 * @param cgroup what the control group says; null where the process has no memory group of its own
 */
public record MemoryReading(
        String source,
        long pss,
        long rss,
        long anonymous,
        long mappedFile,
        @Nullable CgroupReading cgroup) {

    /**
     * Figures of a memory control group, in bytes.
     *
     * @param limit null = none
     * @param workingSet usage less inactive file cache, which Kubernetes evicts on
     * @param peak highest usage since the group began; 0 where the kernel does not say
     */
    public record CgroupReading(
            @Nullable Long limit,
            long usage,
            long anonymous,
            long shared,
            long file,
            long inactiveFile,
            long kernelUnreclaimable,
            long workingSet,
            long peak) {
        /** What cannot be given back: anonymous, shared and unreclaimable kernel memory. */
        public long pressure() {
            return anonymous + shared + kernelUnreclaimable;
        }
    }
}
