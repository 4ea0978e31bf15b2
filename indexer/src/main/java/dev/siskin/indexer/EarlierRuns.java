package dev.siskin.indexer;

import dev.siskin.indexer.sending.HashMemory;

/** What the earlier runs of this process know of its files. */
record EarlierRuns(HashMemory hashes, LastingFailures failures) {
    static EarlierRuns none() {
        return new EarlierRuns(new HashMemory(), new LastingFailures());
    }
}
