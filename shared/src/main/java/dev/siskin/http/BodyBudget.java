package dev.siskin.http;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that JSON bodies may have together while their requests are answered. Each is read whole, on a thread of
 * its own, before any queue can refuse it: this is what bounds them. Where there are several tenants one of them takes
 * half at most, so that bodies it sends slowly keep nobody else out. Thread-safe.
 */
final class BodyBudget {
    /** Of a request without a body that is read whole. */
    static final Share NOTHING = _ -> {};

    private static final long RETRY_SECONDS = 1;

    private final long totalBytes;
    private final long tenantBytes;
    private final String setting;
    private final Map<String, Long> heldBytes = new HashMap<>();
    private long freeBytes;

    /**
     * @param totalBytes 0 = no bound
     * @param oneTenant whether there is one tenant only, which may take all
     * @param setting that raises it, for the message of a refusal
     */
    BodyBudget(long totalBytes, boolean oneTenant, String setting) {
        this.totalBytes = totalBytes;
        this.tenantBytes = oneTenant ? totalBytes : totalBytes / 2;
        this.setting = setting;
        this.freeBytes = totalBytes;
    }

    /** A part of the budget; given back once, however often that is asked for. */
    interface Share {
        /** Takes no more than so many bytes from now on. */
        void lowerTo(long bytes);

        default void giveBack() {
            lowerTo(0);
        }
    }

    /**
     * Takes a share; a body larger than what a tenant may take takes all of that.
     *
     * @param sentBytes the announced length; negative = not announced, which takes the cap until it is read
     * @throws ProblemException 503 where too little is free, 429 where the tenant has too much of it
     */
    Share take(String tenant, long sentBytes, long capBytes) {
        long wanted = Math.min(sentBytes < 0 ? capBytes : Math.min(sentBytes, capBytes), tenantBytes);
        synchronized (heldBytes) {
            if (wanted > freeBytes) {
                throw Problem.unavailable(
                        "request bodies under way fill their " + totalBytes + " bytes, this one needs " + wanted
                                + ": try again, or raise " + setting,
                        RETRY_SECONDS);
            }
            if (heldBytes.getOrDefault(tenant, 0L) + wanted > tenantBytes) {
                throw Problem.tooManyRequests(
                        "request bodies of the tenant under way fill the " + tenantBytes
                                + " bytes that one may take, this one needs " + wanted + ": try again",
                        RETRY_SECONDS);
            }
            move(tenant, wanted);
        }
        var held = new AtomicLong(wanted);
        return bytes -> {
            synchronized (heldBytes) {
                long now = Math.min(held.get(), bytes);
                move(tenant, now - held.getAndSet(now));
            }
        };
    }

    private void move(String tenant, long bytes) {
        freeBytes -= bytes;
        heldBytes.compute(tenant, (_, held) -> {
            long now = (held == null ? 0 : held) + bytes;
            return now == 0 ? null : now;
        });
    }
}
