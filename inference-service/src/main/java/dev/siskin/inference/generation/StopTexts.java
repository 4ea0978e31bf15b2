package dev.siskin.inference.generation;

import java.util.List;

/**
 * A text that ends in front of the first of some others, though it comes in pieces: what may still become one of them is
 * held back until that is known. Not thread-safe; one per answer.
 */
public final class StopTexts {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean met;

    /** @param stops may be empty */
    public StopTexts(List<String> stops) {
        this.stops = stops.stream().filter(stop -> !stop.isEmpty()).toList();
    }

    /** Takes the next piece; what is certain to be in front of all of them. */
    public String add(String piece) {
        if (met || stops.isEmpty()) {
            return met ? "" : piece;
        }
        held.append(piece);
        int stop = first(held);
        met = stop >= 0;
        int end = met ? stop : held.length() - begun();
        String certain = held.substring(0, end);
        held.delete(0, met ? held.length() : end);
        return certain;
    }

    /** Whether one of them came: what follows is no part of the text. */
    public boolean isMet() {
        return met;
    }

    /** The text has ended by itself; what was held back. */
    public String finish() {
        String rest = held.toString();
        held.setLength(0);
        return rest;
    }

    /** The part of a whole text in front of them. */
    public String before(String text) {
        int stop = first(new StringBuilder(text));
        return stop >= 0 ? text.substring(0, stop) : text;
    }

    private int first(StringBuilder text) {
        return stops.stream()
                .mapToInt(text::indexOf)
                .filter(at -> at >= 0)
                .min()
                .orElse(-1);
    }

    /** UTF-16 units at the end that may be the beginning of one. */
    private int begun() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (stop.startsWith(held.substring(held.length() - length))) {
                    longest = length;
                }
            }
        }
        return longest;
    }
}
