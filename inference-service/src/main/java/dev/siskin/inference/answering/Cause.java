package dev.siskin.inference.answering;

import java.util.Locale;

/** Why an answer is not the one asked for. */
enum Cause {
    QUEUE_FULL,
    MEMORY_PRESSURE,
    MODEL_FAILED,
    DEADLINE,
    RETRIEVAL_DOWN;

    /** As {@code degraded.cause} has it. */
    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
