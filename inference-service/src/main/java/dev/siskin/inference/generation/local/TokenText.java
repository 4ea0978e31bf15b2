package dev.siskin.inference.generation.local;

import dev.siskin.inference.generation.StopTexts;
import dev.siskin.runtime.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * The text of an answer while its tokens come, one by one. A character whose bytes lie in several tokens comes once, whole.
 * A stop text ends the answer, see {@link StopTexts}. Not thread-safe; one per answer.
 *
 * <p>A token's text depends on those before it: a tokenizer may drop the first space of what it decodes, and makes one
 * character of several tokens. So each step decodes the tokens given last together with the new ones, and gives what is
 * behind the text of the former. A step costs the same however long the answer is.
 */
public final class TokenText {
    /** Tokens after which bytes that make no character are given as U+FFFD: a character has four bytes at most. */
    static final int LONGEST_WAIT = 8;

    private static final char INCOMPLETE = '\uFFFD';

    private final Tokenizer tokenizer;
    private final SpecialTokens specialTokens;
    private final List<String> stops;
    private final StopTexts text;

    /** Tokens given last, and those behind them that are not given yet or in part. */
    private final List<Integer> window = new ArrayList<>();

    /** How many of the window's tokens are given. */
    private int context;

    /** UTF-16 units of the window's text that are given. */
    private int given;

    private boolean stopped;

    TokenText(Tokenizer tokenizer, SpecialTokens specialTokens, List<String> stops) {
        this.tokenizer = tokenizer;
        this.specialTokens = specialTokens;
        this.stops = stops;
        this.text = new StopTexts(stops);
    }

    /** Takes the next token; the text that is certain now, often none. Special tokens have no text. */
    public String add(int token) {
        if (stopped) {
            return "";
        }
        if (specialTokens.isSilent(token)) {
            stopped = stops.contains(tokenizer.decode(new int[] {token}, false));
            return stopped ? text.finish() : "";
        }
        window.add(token);
        String decoded = decoded(window);
        boolean whole = decoded.isEmpty()
                || decoded.charAt(decoded.length() - 1) != INCOMPLETE
                || window.size() - context > LONGEST_WAIT;
        int end = whole ? decoded.length() : complete(decoded);
        String piece = decoded.substring(Math.min(given, end), end);
        given = Math.max(given, end);
        if (whole && end > 0) {
            window.subList(0, context).clear();
            context = window.size();
            given = decoded(window).length();
        }
        String certain = text.add(piece);
        stopped = text.isMet();
        return certain;
    }

    /** Whether a stop text came: whatever follows is not part of the answer. */
    public boolean isStopped() {
        return stopped;
    }

    /** Ends the answer; the text that was held. Bytes of a character that was cut are left out. */
    public String finish() {
        return stopped ? "" : text.finish();
    }

    private String decoded(List<Integer> tokens) {
        return tokenizer.decode(tokens.stream().mapToInt(Integer::intValue).toArray(), false);
    }

    private static int complete(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == INCOMPLETE) {
            end--;
        }
        return end;
    }
}
