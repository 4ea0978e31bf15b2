package dev.siskin.retrieval.collection;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.lucene.analysis.TokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.apache.lucene.util.AttributeSource;
import org.jspecify.annotations.Nullable;

/**
 * Makes the words inside an identifier findable beside the whole: {@code parseHttpHeader} is also {@code parse}, {@code
 * Http} and {@code Header}, at the same position. Before lower-casing, and for texts and questions alike, so that each
 * finds the other whichever is written in words.
 *
 * <p>Words end at {@code _}, {@code .} and {@code :}, where a capital follows a small letter, and before the last of
 * several capitals where small letters follow ({@code HTTPServer}; not {@code URLs}). A word with digits at its end also
 * counts without them ({@code Server2}), a version without its {@code v}. Numbers stay whole, and words of one character
 * are left out. The tokenizer has cut at {@code -} and {@code /} already.
 *
 * <p>Added words share the whole's position, so BM25 does not count them into a chunk's length. Their offsets are their
 * own.
 */
final class IdentifierFilter extends TokenFilter {
    private static final int SHORTEST_WORD = 2;
    private static final int SMALL_LETTERS_OF_A_WORD = 2;

    private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
    private final OffsetAttribute offset = addAttribute(OffsetAttribute.class);
    private final PositionIncrementAttribute increment = addAttribute(PositionIncrementAttribute.class);
    private final Deque<Word> words = new ArrayDeque<>();
    private AttributeSource.@Nullable State whole;

    IdentifierFilter(TokenStream input) {
        super(input);
    }

    /** Half-open, in UTF-16 units of the whole. */
    private record Word(int start, int end) {}

    @Override
    public boolean incrementToken() throws IOException {
        if (!words.isEmpty()) {
            emit(words.remove());
            return true;
        }
        if (!input.incrementToken()) {
            return false;
        }
        split();
        whole = words.isEmpty() ? null : captureState();
        return true;
    }

    @Override
    public void reset() throws IOException {
        super.reset();
        words.clear();
        whole = null;
    }

    private void emit(Word word) {
        restoreState(whole);
        boolean asWritten = offset.endOffset() - offset.startOffset() == term.length();
        if (asWritten) {
            offset.setOffset(offset.startOffset() + word.start(), offset.startOffset() + word.end());
        }
        char[] text = term.buffer();
        System.arraycopy(text, word.start(), text, 0, word.end() - word.start());
        term.setLength(word.end() - word.start());
        increment.setPositionIncrement(0);
    }

    private void split() {
        int length = term.length();
        if (isVersion(length)) {
            words.add(new Word(1, length));
            return;
        }
        int start = 0;
        for (int i = 0; i <= length; i++) {
            if (i == length || isSeparator(term.charAt(i))) {
                add(start, i);
                start = i + 1;
            } else if (i > start && beginsWord(i, length)) {
                add(start, i);
                start = i;
            }
        }
    }

    private void add(int start, int end) {
        boolean isWhole = start == 0 && end == term.length();
        int letters = end;
        while (letters > start && Character.isDigit(term.charAt(letters - 1))) {
            letters--;
        }
        boolean isNumber = letters == start;
        if (isWhole || isNumber) {
            return;
        }
        if (end - start >= SHORTEST_WORD) {
            words.add(new Word(start, end));
        }
        if (letters < end && letters - start >= SHORTEST_WORD) {
            words.add(new Word(start, letters));
        }
    }

    private boolean beginsWord(int i, int length) {
        if (!Character.isUpperCase(term.charAt(i))) {
            return false;
        }
        char before = term.charAt(i - 1);
        if (Character.isLowerCase(before) || Character.isDigit(before)) {
            return Character.isLowerCase(before) || isSmall(i + 1, length);
        }
        return Character.isUpperCase(before) && isSmall(i + 1, length);
    }

    /** Whether enough small letters stand there to make a word of the capital before them. */
    private boolean isSmall(int from, int length) {
        int end = from;
        while (end < length && end - from < SMALL_LETTERS_OF_A_WORD && Character.isLowerCase(term.charAt(end))) {
            end++;
        }
        return end - from == SMALL_LETTERS_OF_A_WORD;
    }

    /** {@code v1.2.3}. */
    private boolean isVersion(int length) {
        if (length < 2 || Character.toLowerCase(term.charAt(0)) != 'v') {
            return false;
        }
        boolean points = false;
        for (int i = 1; i < length; i++) {
            if (!Character.isDigit(term.charAt(i)) && term.charAt(i) != '.') {
                return false;
            }
            points |= term.charAt(i) == '.';
        }
        return points;
    }

    private static boolean isSeparator(char c) {
        return c == '_' || c == '.' || c == ':';
    }
}
