package dev.siskin.inference.generation;

/** A sentence that a generator wrote, not yet checked. */
public sealed interface Draft {
    /**
     * Copied from a passage.
     *
     * @param passage index into the packed passages
     * @param start in the passage's text, UTF-16 units
     * @param end exclusive
     */
    record Quote(int passage, int start, int end) implements Draft {}

    /** Written by a model. Marks like {@code [2]}, which count passages from 1, are hints and never trusted. */
    record Sentence(String text) implements Draft {}
}
