package dev.siskin.runtime;

import java.util.Arrays;

/**
 * Where each token of a text lies, in order: half-open ranges of UTF-16 units, so that {@code text.substring(start(i),
 * end(i))} is what token {@code i} was made of. Special tokens are not among them. Eight bytes a token.
 */
public final class TokenSpans {
    private static final int FIRST_CAPACITY = 64;

    private int[] starts = new int[FIRST_CAPACITY];
    private int[] ends = new int[FIRST_CAPACITY];
    private int size;

    TokenSpans() {}

    void add(int start, int end) {
        if (size == starts.length) {
            starts = Arrays.copyOf(starts, size + (size >> 1));
            ends = Arrays.copyOf(ends, size + (size >> 1));
        }
        starts[size] = start;
        ends[size] = end;
        size++;
    }

    /** How many tokens there are. */
    public int size() {
        return size;
    }

    /** The first UTF-16 unit of token {@code i}. */
    public int start(int i) {
        return starts[checked(i)];
    }

    /** One past the last UTF-16 unit of token {@code i}. */
    public int end(int i) {
        return ends[checked(i)];
    }

    private int checked(int i) {
        if (i < 0 || i >= size) {
            throw new IndexOutOfBoundsException("token must be from 0 to %d: i=%d".formatted(size - 1, i));
        }
        return i;
    }

    @Override
    public String toString() {
        return "TokenSpans[size=" + size + "]";
    }
}
