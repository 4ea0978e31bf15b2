package dev.siskin.inference.answering;

/** What may stand in for an answer where passages were found. */
enum Step {
    /** The next smaller tier of the plan that has a model. */
    SMALLER_TIER,
    /** Quotes, without a model. */
    EXTRACTIVE,
    /** An answer that a plan without the highest tiers was given earlier from the same passages. */
    MADE_BY_LOWER,
    /** The passages found, without an answer. */
    PASSAGES
}
