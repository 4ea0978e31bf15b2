package dev.siskin.indexer;

import dev.siskin.indexer.sending.HashMemory;
import java.util.function.Predicate;

/**
 * What the earlier runs of this process know of its files.
 *
 * @param failures of documents
 * @param slow files that could not be hashed in time
 */
record EarlierRuns(HashMemory hashes, LastingFailures failures, LastingFailures slow) {
    /** Files of which a hash is remembered, some 15 MB of heap; those beyond are read again. */
    private static final int HASHES = 50_000;

    /** Failures that are remembered, some 6 MB; documents beyond are tried again. */
    private static final int FAILURES = 10_000;

    /** Forgets the documents that a walk over all files has not found. */
    void retain(Predicate<String> wasFound) {
        hashes.retain(wasFound);
        failures.retain(wasFound);
        slow.retain(wasFound);
    }

    /** Of a process that will look at the same files again. */
    static EarlierRuns none() {
        return new EarlierRuns(new HashMemory(HASHES), new LastingFailures(FAILURES), new LastingFailures(FAILURES));
    }

    /** Of a process that runs once and need not remember anything, however many files there are. */
    static EarlierRuns neverMore() {
        return new EarlierRuns(new HashMemory(0), new LastingFailures(0), new LastingFailures(0));
    }
}
