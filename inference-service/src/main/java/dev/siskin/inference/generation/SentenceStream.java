package dev.siskin.inference.generation;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts text into sentences while a model writes it. A sentence is given as soon as what follows shows that it is over:
 * mostly one character later. Pieces may cut words, marks and surrogate pairs. Not thread-safe; one per answer.
 *
 * <p>Keeps at most {@link #LONGEST} UTF-16 units: a longer sentence is cut at its last white space, without any at
 * that length. Memory is bounded so, whatever the model writes.
 */
public final class SentenceStream {
    /** Longest sentence, UTF-16 units: about 500 tokens. */
    public static final int LONGEST = 2_000;

    private final StringBuilder text = new StringBuilder();

    /** Takes the next piece; the sentences that are complete now, trimmed, none empty. */
    public List<String> add(String piece) {
        List<String> sentences = new ArrayList<>();
        for (int from = 0; from < piece.length(); ) {
            int to = Math.min(piece.length(), from + LONGEST - text.length());
            text.append(piece, from, to);
            from = to;
            take(false, sentences);
            if (text.length() == LONGEST) {
                cut(longestCut(), sentences);
            }
        }
        return sentences;
    }

    /** Ends the text; the sentences that were left. The stream is empty then. */
    public List<String> finish() {
        List<String> sentences = new ArrayList<>();
        take(true, sentences);
        return sentences;
    }

    private void take(boolean whole, List<String> sentences) {
        while (!text.isEmpty()) {
            int end = SentenceEnds.next(text, 0, whole);
            if (end == SentenceEnds.UNDECIDED) {
                return;
            }
            cut(end, sentences);
        }
    }

    private void cut(int end, List<String> sentences) {
        String sentence = text.substring(0, end).strip();
        if (!sentence.isEmpty()) {
            sentences.add(sentence);
        }
        text.delete(0, end);
    }

    private int longestCut() {
        for (int i = text.length() - 1; i > 0; i--) {
            if (Character.isWhitespace(text.charAt(i))) {
                return i;
            }
        }
        boolean half = Character.isHighSurrogate(text.charAt(text.length() - 1));
        return half ? text.length() - 1 : text.length();
    }
}
