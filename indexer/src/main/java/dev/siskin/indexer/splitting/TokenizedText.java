package dev.siskin.indexer.splitting;

import java.util.Arrays;

/** A text with its tokens: how many lie between two offsets, and where the next ones begin. */
final class TokenizedText {
    private final String text;
    private final int[] starts;

    TokenizedText(String text, TokenStarts tokens) {
        this.text = text;
        this.starts = tokens.of(text);
    }

    String text() {
        return text;
    }

    /** Tokens that begin in {@code [start, end)}. */
    int count(int start, int end) {
        return index(end) - index(start);
    }

    /** The largest offset up to {@code end} with at most {@code tokens} tokens after {@code start}. */
    int offsetAfter(int start, int tokens, int end) {
        int next = index(start) + tokens;
        return next < starts.length ? Math.min(starts[next], end) : end;
    }

    /** Index of the first token at or after the offset. */
    private int index(int offset) {
        int found = Arrays.binarySearch(starts, offset);
        if (found < 0) {
            return -found - 1;
        }
        // Several tokens may begin at one place, where a character was normalised into many.
        while (found > 0 && starts[found - 1] == offset) {
            found--;
        }
        return found;
    }
}
