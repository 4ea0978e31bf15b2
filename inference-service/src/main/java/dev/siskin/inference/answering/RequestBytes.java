package dev.siskin.inference.answering;

import dev.siskin.inference.shaping.ShapedQuestion;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The heap that questions under way may have together: what each holds of its history, of the passages found for it and of
 * its answer, estimated before it begins. One that shares another's answer counts too, since it waits as long.
 * Thread-safe.
 */
public final class RequestBytes {
    /** A thread that waits, the request and the response as JSON. */
    private static final long FIXED = 16 * 1024;

    /** A passage with text, offsets, highlights and its share of the search's JSON. */
    private static final long PER_PASSAGE = 6 * 1024;

    /** A token written, as sentences and as JSON. */
    private static final long PER_ANSWER_TOKEN = 24;

    /** Characters of question and history, a token having four of two bytes each, as they came and as they are used. */
    private static final long PER_TOKEN = 16;

    private final long maxBytes;
    private final String setting;
    private final AtomicLong held = new AtomicLong();

    /**
     * @param maxBytes together
     * @param setting that raises it
     */
    public RequestBytes(long maxBytes, String setting) {
        this.maxBytes = maxBytes;
        this.setting = setting;
    }

    /** Bytes of one request; given back once, however often it is closed. */
    final class Share implements AutoCloseable {
        private final long bytes;
        private final AtomicLong left;

        private Share(long bytes) {
            this.bytes = bytes;
            this.left = new AtomicLong(bytes);
        }

        long bytes() {
            return bytes;
        }

        @Override
        public void close() {
            held.addAndGet(-left.getAndSet(0));
        }
    }

    /**
     * Reserves what a question will need.
     *
     * @throws NeverFitsException where that is more than all
     * @throws MemoryShortException where too little is free
     */
    Share reserve(ShapedQuestion question) {
        long wanted = FIXED
                + PER_PASSAGE * question.topK()
                + PER_ANSWER_TOKEN * question.maxTokens()
                + PER_TOKEN * question.tokensBefore();
        if (wanted > maxBytes) {
            throw new NeverFitsException(
                    "this question may need %d bytes, more than all of %s=%d: lower top_k, max_tokens or the history, or raise it"
                            .formatted(wanted, setting, maxBytes));
        }
        long before = held.getAndUpdate(now -> now + wanted <= maxBytes ? now + wanted : now);
        if (before + wanted > maxBytes) {
            throw new MemoryShortException(
                    "questions under way hold %d of %s=%d bytes, this one needs %d: try again, or raise it"
                            .formatted(before, setting, maxBytes, wanted));
        }
        return new Share(wanted);
    }

    /** Reserved now. */
    public long held() {
        return held.get();
    }

    /** That may be reserved together. */
    public long max() {
        return maxBytes;
    }
}
