package dev.siskin.inference.generation;

import java.util.List;
import java.util.OptionalDouble;

/**
 * A hit as the answering side sees it.
 *
 * @param text       the chunk's text
 * @param cosine     similarity of question and chunk; empty where the search was by keyword only
 * @param fused      the search's own score, 0 to 1 over one answer's hits
 * @param highlights the sentences that bear on the question, in reading order
 */
public record Evidence(String text, OptionalDouble cosine, double fused, List<Sentence> highlights) {

    /** A sentence, half-open, in UTF-16 units of the text, and the share of the question it carries, 0 to 1. */
    public record Sentence(int start, int end, double score) {}

    public Evidence {
        highlights = List.copyOf(highlights);
    }
}
