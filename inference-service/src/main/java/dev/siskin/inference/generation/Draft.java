package dev.siskin.inference.generation;

/** What a generator wrote for an answer, sentence by sentence, before it is checked and cited. */
public sealed interface Draft {

    /**
     * A stretch of a passage, word for word.
     *
     * @param passage index into the packed passages
     * @param start   start in the passage's text, UTF-16 units
     * @param end     end, exclusive
     */
    record Quote(int passage, int start, int end) implements Draft {}

    /**
     * A sentence in a generator's own words.
     *
     * @param text may hold marks such as {@code [1]}, {@code [1, 2]} or {@code 【1】} that count the packed passages
     *     from 1: hints, not to be trusted
     */
    record Sentence(String text) implements Draft {}
}
