package dev.siskin.inference.decoding;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Caches of the beginnings that prompts have in common: instructions, an example, the turns of a conversation.
 *
 * <p>What two prompts of late had in common is kept from the second one on, without what follows it: what comes once costs
 * no memory. Each is a copy of its own, exact to the page. The one used longest ago goes first. One thread at a time.
 */
final class PrefixStore implements AutoCloseable {
    /** Of a beginning worth keeping: fewer are run in no time. */
    static final int LEAST_TOKENS = 32;

    private static final int RECENT_PROMPTS = 16;

    private final KvCache cache;
    private final long bytesPerToken;

    /** The one used last is the last. */
    private final List<Prefix> kept = new ArrayList<>();

    private final ArrayDeque<int[]> recent = new ArrayDeque<>();

    /** @param memory of {@link KvCache#save} */
    record Prefix(int[] tokens, NativeMemory memory) {}

    /** @param tokens how many of the prefix's first tokens a prompt begins with */
    record Match(Prefix prefix, int tokens) {}

    /** @param bytesPerToken of a saved token */
    PrefixStore(KvCache cache, long bytesPerToken) {
        this.cache = cache;
        this.bytesPerToken = bytesPerToken;
    }

    /**
     * The longest beginning of a prompt that is kept; the prompt's last token is never part of it.
     *
     * @param most of its tokens
     */
    Optional<Match> find(int[] prompt, int most) {
        Prefix best = null;
        int longest = LEAST_TOKENS - 1;
        for (Prefix prefix : kept) {
            int common = Math.min(common(prefix.tokens(), prompt), Math.min(most, prompt.length - 1));
            if (common > longest) {
                longest = common;
                best = prefix;
            }
        }
        if (best == null) {
            return Optional.empty();
        }
        kept.remove(best);
        kept.add(best);
        return Optional.of(new Match(best, longest));
    }

    /** How many of a prompt's tokens are worth keeping now; the next ones are compared with it. */
    int worthKeeping(int[] prompt) {
        int most = 0;
        for (int[] earlier : recent) {
            most = Math.max(most, common(earlier, prompt));
        }
        recent.addLast(prompt);
        if (recent.size() > RECENT_PROMPTS) {
            recent.removeFirst();
        }
        for (Prefix prefix : kept) {
            if (common(prefix.tokens(), prompt) >= most) {
                return 0;
            }
        }
        return most < LEAST_TOKENS ? 0 : most;
    }

    /**
     * Keeps the first tokens of a row, and lets go of what they make needless and of what has no room any more.
     *
     * @param mostBytes of all that is kept
     */
    void keep(int[] prompt, int tokens, int row, long mostBytes) {
        int[] first = Arrays.copyOf(prompt, tokens);
        for (Iterator<Prefix> all = kept.iterator(); all.hasNext(); ) {
            Prefix prefix = all.next();
            if (common(prefix.tokens(), first) == prefix.tokens().length) {
                all.remove();
                prefix.memory().close();
            }
        }
        long bytes = tokens * bytesPerToken;
        while (bytes() + bytes > mostBytes && dropOldest()) {}
        if (bytes <= mostBytes) {
            NativeMemory memory = NativeMemory.reserve(bytes);
            cache.save(row, tokens, memory.segment());
            kept.add(new Prefix(first, memory));
        }
    }

    /** False where nothing is kept. */
    boolean dropOldest() {
        if (kept.isEmpty()) {
            return false;
        }
        kept.removeFirst().memory().close();
        return true;
    }

    long bytes() {
        return kept.stream()
                .mapToLong(prefix -> prefix.tokens().length * bytesPerToken)
                .sum();
    }

    private static int common(int[] a, int[] b) {
        int mismatch = Arrays.mismatch(a, b);
        return mismatch < 0 ? a.length : mismatch;
    }

    @Override
    public void close() {
        while (dropOldest()) {}
    }
}
