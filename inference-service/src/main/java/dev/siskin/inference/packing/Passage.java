package dev.siskin.inference.packing;

import dev.siskin.api.Hit;
import dev.siskin.inference.shaping.TokenEstimate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What a generator reads as one: a chunk, or neighbouring chunks of a document joined where they overlap or touch.
 *
 * @param hit the chunk, or the best of them with the text, offsets and highlights of all
 * @param text of the hit, never null
 * @param tokens estimated
 * @param chunks in reading order, at least one
 */
public record Passage(Hit hit, String text, int tokens, List<Hit> chunks) {
    public Passage {
        chunks = List.copyOf(chunks);
    }

    /** A chunk alone. */
    public Passage(Hit hit, String text, int tokens) {
        this(hit, text, tokens, List.of(hit));
    }

    static Passage of(Hit hit) {
        String text = Objects.requireNonNullElse(hit.text(), "");
        return new Passage(hit, text, TokenEstimate.of(text));
    }

    /** The chunk that holds a place of the text, the first of two that share it. */
    public Hit chunkAt(int offset) {
        int place = hit.start() + offset;
        return chunks.stream()
                .filter(chunk -> chunk.start() <= place && place < chunk.end())
                .findFirst()
                .orElse(hit);
    }

    /** Whether another chunk continues this passage, in front or behind, without a gap or a repetition of all of it. */
    boolean touches(Hit other) {
        boolean sameDocument = other.documentId().equals(hit.documentId());
        boolean behind = hit.start() < other.start() && other.start() <= hit.end() && hit.end() < other.end();
        boolean inFront = other.start() < hit.start() && hit.start() <= other.end() && other.end() < hit.end();
        return sameDocument && (behind || inFront) && agrees(other);
    }

    /** Both have the same text where they overlap; offsets from elsewhere are not believed. */
    private boolean agrees(Hit other) {
        String theirs = Objects.requireNonNullElse(other.text(), "");
        int from = Math.max(hit.start(), other.start());
        int to = Math.min(hit.end(), other.end());
        return text.length() == hit.end() - hit.start()
                && theirs.length() == other.end() - other.start()
                && text.regionMatches(from - hit.start(), theirs, from - other.start(), to - from);
    }

    /** Both as one; they must {@link #touches touch}. */
    Passage with(Hit other) {
        String theirs = Objects.requireNonNullElse(other.text(), "");
        boolean behind = other.start() > hit.start();
        String whole = behind
                ? text + theirs.substring(hit.end() - other.start())
                : theirs + text.substring(other.end() - hit.start());
        List<Hit> all = new ArrayList<>(chunks);
        all.add(other);
        all.sort(Comparator.comparingInt(Hit::start));
        List<Hit.Highlight> highlights = Stream.concat(hit.highlights().stream(), other.highlights().stream())
                .distinct()
                .toList();
        var joined = new Hit(
                hit.documentId(),
                hit.chunk(),
                hit.score(),
                hit.scores(),
                hit.ranks(),
                whole,
                hit.context(),
                hit.heading(),
                hit.title(),
                hit.uri(),
                hit.page(),
                Math.min(hit.start(), other.start()),
                Math.max(hit.end(), other.end()),
                hit.metadata(),
                highlights);
        return new Passage(joined, whole, TokenEstimate.of(whole), all);
    }
}
