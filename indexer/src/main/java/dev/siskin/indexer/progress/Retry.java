package dev.siskin.indexer.progress;

/** Whether a process that looks at the same files again and again tries a document again that failed and has not changed. */
public enum Retry {
    /** For a reason that may pass: permissions, a disk that is full, a system short of something. */
    ALWAYS,
    /** A few times: what ran out of time or memory may have had a bad moment, or may do so each time. */
    TWICE,
    /** For a reason that stays until the document changes. */
    NEVER
}
