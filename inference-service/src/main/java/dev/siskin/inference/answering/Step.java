package dev.siskin.inference.answering;

/** What may stand in for an answer. */
enum Step {
    /** The next smaller tier of the plan that has a model. */
    SMALLER_TIER,
    /** Quotes, without a model. */
    EXTRACTIVE,
    /** An answer made earlier of the newest generation of the index that is known. */
    CACHED,
    /** One of an older generation. */
    STALE,
    /** The passages found, without an answer. */
    PASSAGES
}
