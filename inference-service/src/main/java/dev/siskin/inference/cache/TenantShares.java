package dev.siskin.inference.cache;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Bytes that each tenant holds of the hot cache. One that holds its share is not admitted with more while others hold
 * something, so that it cannot drive them out; alone, a tenant may have all. Thread-safe.
 */
final class TenantShares {
    private final long shareBytes;
    private final Map<String, Long> held = new ConcurrentHashMap<>();

    /** @param share of all bytes, above 0 to 1 */
    TenantShares(long totalBytes, double share) {
        this.shareBytes = (long) (totalBytes * share);
    }

    /** Counts bytes that a tenant wants to hold; false where it may not. */
    boolean take(String tenant, long bytes) {
        boolean alone = held.isEmpty() || (held.size() == 1 && held.containsKey(tenant));
        var taken = new boolean[1];
        held.compute(tenant, (name, before) -> {
            long now = before == null ? 0 : before;
            taken[0] = alone || now + bytes <= shareBytes;
            return taken[0] ? Long.valueOf(now + bytes) : before;
        });
        return taken[0];
    }

    /** Takes bytes off again. */
    void giveBack(String tenant, long bytes) {
        held.computeIfPresent(tenant, (name, before) -> before <= bytes ? null : before - bytes);
    }

    /** What a tenant holds. */
    long of(String tenant) {
        return held.getOrDefault(tenant, 0L);
    }
}
