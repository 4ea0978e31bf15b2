package dev.siskin.inference.generation.local.template;

/** Python's {@code None}. */
enum None {
    NONE
}
