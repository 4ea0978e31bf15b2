package dev.siskin.inference.decoding;

import java.util.Arrays;

/**
 * Drafts what a sequence may write next: what stood behind its last few tokens when they came before. An answer that quotes
 * its passages is written several tokens a run so; the model checks each of them, so that nothing is written but what it
 * would have written.
 *
 * <p>A run of five tokens takes about twice the time of one, so that a draft has to be worth it: one that is taken whole is
 * followed by one twice as long, one that is taken in part by one just longer than that part, and one that is refused whole
 * by none for a while, twice as long each time. Source: Saxena, "Prompt Lookup Decoding", 2023. One thread at a time.
 */
final class PromptLookup {
    private static final int LONGEST_MATCH = 8;
    private static final int FIRST_DRAFT = 4;
    private static final int LONGEST_DRAFT = 15;
    private static final int FIRST_PAUSE = 8;
    private static final int LONGEST_PAUSE = 256;
    private static final int[] NONE = {};

    private int length = FIRST_DRAFT;
    private int pause = FIRST_PAUSE;
    private int silentUntil;

    /**
     * The likely next tokens; empty where nothing is likely.
     *
     * @param tokens of the sequence
     * @param count  how many of them there are
     * @param most   of the draft
     */
    int[] draft(int[] tokens, int count, int most) {
        int wanted = Math.min(length, most);
        if (wanted < 1 || count < silentUntil) {
            return NONE;
        }
        int from = behindTheSame(tokens, count);
        return Arrays.copyOfRange(tokens, from, Math.min(from + wanted, count));
    }

    /**
     * Where it goes on behind the longest earlier match of the last tokens, the last one of equals; {@code count} where
     * there is none. A single token counts where it came once: a name, a number, the mark of a line.
     */
    private static int behindTheSame(int[] tokens, int count) {
        int longest = 0;
        int behind = count;
        int found = 0;
        for (int end = count - 1; end >= 1 && longest < LONGEST_MATCH; end--) {
            int match = match(tokens, end, count);
            found += match > 0 ? 1 : 0;
            if (match > longest) {
                longest = match;
                behind = end;
            }
        }
        return longest > 1 || found == 1 ? behind : count;
    }

    private static int match(int[] tokens, int end, int count) {
        int most = Math.min(LONGEST_MATCH, end);
        int match = 0;
        while (match < most && tokens[end - 1 - match] == tokens[count - 1 - match]) {
            match++;
        }
        return match;
    }

    /**
     * Takes note of a draft's fate.
     *
     * @param count of the sequence's tokens now
     */
    void checked(int drafted, int accepted, int count) {
        if (accepted == 0) {
            silentUntil = count + pause;
            pause = Math.min(2 * pause, LONGEST_PAUSE);
            length = FIRST_DRAFT;
        } else {
            pause = FIRST_PAUSE;
            length = accepted == drafted ? Math.min(2 * length, LONGEST_DRAFT) : accepted + 1;
        }
    }
}
