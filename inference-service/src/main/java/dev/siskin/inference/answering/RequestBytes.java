package dev.siskin.inference.answering;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.api.Filter;
import dev.siskin.inference.shaping.ShapedQuestion;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * The heap that questions under way may have together, from their arrival until their answer has been sent: what each holds
 * of its history, of the passages found for it and of its answer, estimated before it begins and settled once the passages
 * are there. One that shares another's answer counts too, since it waits as long. While a search's response is read, the
 * search client's budget for responses is what limits it. Thread-safe.
 *
 * <p><b>Tenants.</b> One that asks alone may have all. While others hold something, or have been refused lately, a tenant
 * gets no further question in that would leave it with more than is free: some always is for whoever holds nothing, and
 * tenants that want all they can get end up with equal parts. This is the dynamic threshold of Choudhury and Hahne,
 * <i>Dynamic Queue Length Thresholds for Shared-Memory Packet Switches</i>, IEEE/ACM Transactions on Networking, 1998.
 */
public final class RequestBytes {
    /** A thread that waits, the request and the response as JSON. */
    private static final long FIXED = 16 * 1024;

    /** A passage as most are, with text, offsets, highlights and its share of the search's JSON. */
    private static final long PER_PASSAGE = 6 * 1024;

    /** Passages are there as they were found, as they are packed for the generator, and as JSON. */
    private static final long COPIES = 3;

    /** A token written, as sentences and as JSON. */
    private static final long PER_ANSWER_TOKEN = 24;

    /** Characters of question and history, a token having four of two bytes each, as they came and as they are used. */
    private static final long PER_TOKEN = 16;

    /** Of a filter as it is printed: its strings, records and boxed values. */
    private static final long PER_FILTER_CHARACTER = 4;

    /** So long a tenant that was refused keeps its claim: clients are told to come again after 2 seconds. */
    private static final long CLAIM_NANOS = Duration.ofSeconds(10).toNanos();

    private final long maxBytes;
    private final String setting;
    private final Ticker ticker;
    private final Map<String, Long> held = new HashMap<>();
    private final Map<String, Long> refused = new HashMap<>();
    private long total;

    /**
     * @param maxBytes together
     * @param setting that raises it
     */
    public RequestBytes(long maxBytes, String setting, Ticker ticker) {
        this.maxBytes = maxBytes;
        this.setting = setting;
        this.ticker = ticker;
    }

    /** Bytes of one request; given back once, however often it is closed. */
    final class Share implements AutoCloseable {
        private final String tenant;
        private final ShapedQuestion question;
        private long bytes;
        private boolean closed;

        private Share(String tenant, ShapedQuestion question) {
            this.tenant = tenant;
            this.question = question;
        }

        long bytes() {
            synchronized (RequestBytes.this) {
                return bytes;
            }
        }

        /**
         * Holds what the passages that were found need, in place of what was estimated; nothing where it is closed.
         *
         * @param found bytes of the passages
         * @throws NeverFitsException where that is more than all
         * @throws MemoryShortException where too little is free; it holds what it held
         */
        void settle(long found) {
            synchronized (RequestBytes.this) {
                if (!closed) {
                    hold(wanted(question, COPIES * found));
                }
            }
        }

        private void hold(long wanted) {
            if (wanted > maxBytes) {
                throw new NeverFitsException(
                        "this question may need %d bytes, more than all of %s=%d: lower top_k, max_tokens or the history, or raise it"
                                .formatted(wanted, setting, maxBytes));
            }
            if (wanted > bytes) {
                admit(this, wanted);
            }
            add(tenant, wanted - bytes);
            bytes = wanted;
        }

        @Override
        public void close() {
            synchronized (RequestBytes.this) {
                add(tenant, -bytes);
                bytes = 0;
                closed = true;
            }
        }
    }

    /**
     * Reserves what a question will need.
     *
     * @throws NeverFitsException where that is more than all
     * @throws MemoryShortException where too little is free for this tenant
     */
    Share reserve(String tenant, ShapedQuestion question) {
        var share = new Share(tenant, question);
        synchronized (this) {
            share.hold(wanted(question, PER_PASSAGE * question.topK()));
        }
        return share;
    }

    private static long wanted(ShapedQuestion question, long passages) {
        return FIXED
                + passages
                + PER_ANSWER_TOKEN * question.parameters().maxTokens()
                + PER_TOKEN * question.tokensBefore()
                + ofFilter(question.filter());
    }

    /** A filter may be most of a request's body. */
    private static long ofFilter(Filter filter) {
        return filter instanceof Filter.All
                ? 0
                : PER_FILTER_CHARACTER * filter.toString().length();
    }

    private void admit(Share share, long wanted) {
        long more = wanted - share.bytes;
        long free = maxBytes - total;
        long ofTenant = held.getOrDefault(share.tenant, 0L);
        boolean first = ofTenant == share.bytes;
        if (more <= free && (first || ofTenant + more <= free || isAlone(share.tenant))) {
            refused.remove(share.tenant);
            return;
        }
        refused.put(share.tenant, ticker.read());
        throw new MemoryShortException(
                "questions of this tenant hold %d bytes, this one needs %d, too few of %s=%d are free: try again, or raise it"
                        .formatted(ofTenant, wanted, setting, maxBytes));
    }

    private boolean isAlone(String tenant) {
        long now = ticker.read();
        refused.values().removeIf(at -> now - at > CLAIM_NANOS);
        return held.keySet().stream().allMatch(tenant::equals)
                && refused.keySet().stream().allMatch(tenant::equals);
    }

    private void add(String tenant, long bytes) {
        total += bytes;
        long now = held.getOrDefault(tenant, 0L) + bytes;
        if (now == 0) {
            held.remove(tenant);
        } else {
            held.put(tenant, now);
        }
    }

    /** Reserved now. */
    public synchronized long held() {
        return total;
    }

    /** That may be reserved together. */
    public long max() {
        return maxBytes;
    }
}
