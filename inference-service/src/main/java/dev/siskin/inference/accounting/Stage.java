package dev.siskin.inference.accounting;

/** Where the time of an answer goes. */
public enum Stage {
    SHAPE,
    /** Waiting: for the generations to be confirmed, or for an equal question that is being answered. */
    QUEUE,
    RETRIEVE,
    /** Packing, generation and citing. */
    GENERATE
}
