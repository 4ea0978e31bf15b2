package dev.siskin.inference.decoding;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One sequence between its caller, who waits for tokens, and the decoder's thread, which writes them.
 *
 * <p>The hand-over holds all it may write, 4 bytes a token, so that a slow caller holds nobody up. Methods of either side
 * say so; what is shared is guarded by this.
 */
final class Sequence {
    private final DecodeRequest request;
    private final BooleanSupplier cancelled;
    private final TokenChoice.Chooser chooser;
    private final PromptLookup lookup = new PromptLookup();
    private final long submitted;
    private final long timeLeft;

    /** The prompt and what was written behind it. */
    private final int[] tokens;

    private int count;

    // of the decoder's thread
    private int cached;
    private int reused;
    private long admitted;
    private long firstToken;

    // guarded by this
    private boolean isSinkDone;
    private @Nullable Decoded decoded;
    private @Nullable Throwable failure;

    /** @param now of {@link System#nanoTime()} */
    Sequence(DecodeRequest request, BooleanSupplier cancelled, long now) {
        this.request = request;
        this.cancelled = cancelled;
        this.chooser = request.choice().begin(request.prompt());
        this.submitted = now;
        this.admitted = now;
        this.firstToken = now;
        this.timeLeft = saturatedNanos(request.timeLeft());
        this.count = request.prompt().length;
        this.tokens = Arrays.copyOf(request.prompt(), mostTokens());
    }

    private static long saturatedNanos(Duration time) {
        return time.compareTo(Duration.ofDays(1)) > 0 ? Duration.ofDays(1).toNanos() : time.toNanos();
    }

    /** The most it can have, prompt included. */
    int mostTokens() {
        return request.prompt().length + request.maxNewTokens();
    }

    int promptTokens() {
        return request.prompt().length;
    }

    int[] prompt() {
        return request.prompt();
    }

    /** The first tokens of the prompt, as far as others may have them. */
    int[] commonPrompt() {
        return Arrays.copyOf(request.prompt(), request.common());
    }

    TokenChoice.Chooser chooser() {
        return chooser;
    }

    // ---- the decoder's thread

    /** Why it must end before its next step, if it must. */
    Optional<Ending> due(long now) {
        synchronized (this) {
            if (isSinkDone) {
                return Optional.of(Ending.SINK);
            }
        }
        if (cancelled.getAsBoolean()) {
            return Optional.of(Ending.CANCELLED);
        }
        return now - submitted >= timeLeft ? Optional.of(Ending.DEADLINE) : Optional.empty();
    }

    /** It is let in, with a part of its prompt in the cache already. */
    synchronized void admit(long now, int reusedTokens) {
        admitted = now;
        firstToken = now;
        reused = reusedTokens;
        cached = reusedTokens;
    }

    /** Tokens of the prompt that were in the cache already. */
    int reused() {
        return reused;
    }

    /** The next tokens of the prompt to run, at most so many. */
    int[] nextOfPrompt(int most) {
        return Arrays.copyOfRange(tokens, cached, Math.min(cached + most, promptTokens()));
    }

    synchronized void prefilled(int more, long now) {
        cached += more;
        firstToken = now;
    }

    boolean isPrefilled() {
        return cached == promptTokens();
    }

    /** The token that its next step begins with. */
    int lastToken() {
        return tokens[count - 1];
    }

    /** Tokens so far, prompt included. */
    int count() {
        return count;
    }

    /** What it may write next, at most so many tokens and not beyond what it may write. */
    int[] draft(int most) {
        return lookup.draft(tokens, count, Math.min(most, tokens.length - count - 1));
    }

    void draftChecked(int drafted, int accepted) {
        lookup.checked(drafted, accepted, count);
    }

    /** Hands the next token over; says how the sequence ends with it, if it does. */
    synchronized Optional<Ending> write(int token) {
        tokens[count++] = token;
        notifyAll();
        return count == tokens.length ? Optional.of(Ending.LENGTH) : Optional.empty();
    }

    synchronized void end(Ending ending, long now) {
        decoded = new Decoded(
                ending,
                promptTokens(),
                count - promptTokens(),
                reused,
                Duration.ofNanos(admitted - submitted),
                Duration.ofNanos(firstToken - admitted),
                Duration.ofNanos(now - firstToken));
        notifyAll();
    }

    synchronized void fail(Throwable cause) {
        failure = cause;
        notifyAll();
    }

    // ---- the caller's thread

    /** Gives the tokens to the sink as they come, and says how it ended. */
    Decoded await(TokenSink sink) {
        int read = promptTokens();
        boolean isWanted = true;
        try {
            while (isWanted && hasNext(read)) {
                isWanted = sink.accept(tokens[read++]);
            }
            if (!isWanted) {
                return stopped(Ending.SINK, read);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return stopped(Ending.CANCELLED, read);
        } finally {
            stop();
        }
        return result();
    }

    /** Waits for the token behind those read; false where the sequence has ended with them. */
    private synchronized boolean hasNext(int read) throws InterruptedException {
        while (read == count && decoded == null && failure == null) {
            wait();
        }
        return read < count;
    }

    private synchronized void stop() {
        isSinkDone = true;
    }

    private synchronized Decoded stopped(Ending ending, int read) {
        long now = System.nanoTime();
        return new Decoded(
                ending,
                promptTokens(),
                read - promptTokens(),
                reused,
                Duration.ofNanos(admitted - submitted),
                Duration.ofNanos(firstToken - admitted),
                Duration.ofNanos(now - firstToken));
    }

    private synchronized Decoded result() {
        if (decoded != null) {
            return decoded;
        }
        throw switch (failure) {
            case null -> new IllegalStateException("a sequence ended without a result");
            case DecodingException known -> new DecodingException(String.valueOf(known.getMessage()), known);
            default -> new DecodingException("the decoder failed on a sequence: " + failure, failure);
        };
    }
}
