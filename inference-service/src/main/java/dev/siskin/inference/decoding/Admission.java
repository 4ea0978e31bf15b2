package dev.siskin.inference.decoding;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sequences that wait, first come first served, and the budget they wait for. Submitting and closing are for any thread,
 * guarded by this; all else is for the decoder's.
 *
 * <p>A sequence is let in when it would fit if it and all that run wrote as much as they may. Kept prefixes take a part of
 * the budget that nobody needs now, and make room for who does.
 */
final class Admission {
    /** Kept prefixes take this part of the budget at most. */
    private static final int PREFIX_SHARE = 4;

    private final KvCache cache;
    private final long kvBytes;
    private final PrefixStore prefixes;

    // guarded by this
    private final ArrayDeque<Sequence> waiting = new ArrayDeque<>();
    private boolean isClosed;

    Admission(KvCache cache, long kvBytes, PrefixStore prefixes) {
        this.cache = cache;
        this.kvBytes = kvBytes;
        this.prefixes = prefixes;
    }

    /** The budget in which sequences of so many bytes and as many prefixes as are ever kept have room. */
    static long withPrefixes(long sequenceBytes) {
        return sequenceBytes / (PREFIX_SHARE - 1) * PREFIX_SHARE + PREFIX_SHARE;
    }

    /** @throws IllegalStateException where it is closed */
    synchronized void submit(Sequence sequence) {
        if (isClosed) {
            throw new IllegalStateException("the decoder is closed");
        }
        waiting.add(sequence);
        notifyAll();
    }

    synchronized void close() {
        isClosed = true;
        notifyAll();
    }

    /** Waits for a sequence; false where it is closed. */
    synchronized boolean awaitOne() {
        while (!isClosed && waiting.isEmpty()) {
            try {
                wait();
            } catch (InterruptedException e) {
                isClosed = true; // nobody but an end of the process interrupts this thread
            }
        }
        return !isClosed;
    }

    synchronized boolean isClosed() {
        return isClosed;
    }

    /** Those that wait now. */
    synchronized List<Sequence> waiting() {
        return List.copyOf(waiting);
    }

    synchronized void remove(Sequence sequence) {
        waiting.remove(sequence);
    }

    /**
     * Lets the first one in, if it fits beside those that run, and has the cache take over what is known of its prompt.
     *
     * @param running fewer than the cache has rows
     */
    Optional<Sequence> next(List<Sequence> running) {
        Sequence first;
        synchronized (this) {
            first = waiting.peek();
        }
        if (first == null) {
            return Optional.empty();
        }
        List<Sequence> together = new ArrayList<>(running);
        together.add(first);
        long reserved = reserved(together);
        if (reserved > kvBytes) {
            return Optional.empty();
        }
        int common = first.commonPrompt().length;
        Optional<PrefixStore.Match> match = prefixes.find(first.prompt(), common);
        while (reserved + prefixes.bytes() > kvBytes && prefixes.dropOldest()) {
            match = prefixes.find(first.prompt(), common);
        }
        first.admit(System.nanoTime(), match.map(PrefixStore.Match::tokens).orElse(0));
        match.ifPresentOrElse(
                known -> cache.enter(
                        known.prefix().memory().segment(), known.prefix().tokens().length, known.tokens()),
                () -> cache.enter(MemorySegment.NULL, 0, 0));
        remove(first);
        return Optional.of(first);
    }

    /** Bytes that sequences may come to take. */
    long reserved(List<Sequence> running) {
        long longest = 0;
        long sum = 0;
        for (Sequence sequence : running) {
            longest = Math.max(longest, sequence.mostTokens());
            sum += sequence.mostTokens();
        }
        return cache.bytes(running.size(), longest, sum);
    }

    /** Keeps the beginning of a row's prompt where others had it in common. */
    void keepPrefix(Sequence sequence, int row, List<Sequence> running) {
        int tokens = prefixes.worthKeeping(sequence.commonPrompt());
        if (tokens > 0) {
            long most = Math.min(kvBytes / PREFIX_SHARE, kvBytes - reserved(running));
            prefixes.keep(sequence.prompt(), tokens, row, most);
        }
    }
}
