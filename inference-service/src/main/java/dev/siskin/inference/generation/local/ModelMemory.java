package dev.siskin.inference.generation.local;

import com.sun.management.OperatingSystemMXBean;
import dev.siskin.inference.accounting.Pressure;
import dev.siskin.memory.MemoryProbe;
import dev.siskin.memory.MemoryReading;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The memory that the models in this process share. Weights and KV caches of all of them together stay within it, each
 * claimed before its model is loaded; what does not fit is refused with the figures. Loading may take more than the files
 * say: that counts for the models behind it.
 *
 * <p>A KV cache without a bound of its own may take what is free beside the weights; while other tiers have no model yet,
 * an even part of that. Thread-safe.
 */
public final class ModelMemory {
    /** The setting that raises it. */
    public static final String SETTING = "inference.local.max.bytes";

    /** Less holds no conversation of any model. */
    private static final long LEAST_CACHE_BYTES = 1L << 20;

    /** What a model's steps take beside weights and cache: logits and activations of a chunk of a prompt. */
    private static final long STEP_BYTES = 32L << 20;

    /** What this process comes to hold with its first requests: 28 MiB with those of siskin-mini, measured. */
    private static final long FIRST_REQUESTS_BYTES = 32L << 20;

    /** A tokenizer of a large vocabulary, and the arena of a first step. */
    private static final long MOST_BESIDE_WEIGHTS_BYTES = 64L << 20;

    private final long maxBytes;
    private final Set<String> tiers;
    private final Set<Claim> claims = new LinkedHashSet<>();

    /** @param tiers that have a model here */
    public ModelMemory(long maxBytes, List<String> tiers) {
        this.maxBytes = maxBytes;
        this.tiers = Set.copyOf(tiers);
    }

    /**
     * What there is for models in this process: up to where memory counts as short for them, less what the process holds
     * now and cannot give back, its heap may grow by and its first requests bring.
     */
    public static long ofThisHost() {
        MemoryProbe self = MemoryProbe.self();
        long physical =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        long limit = Math.min(physical, self.limit().orElse(physical));
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        long process = self.read().map(MemoryReading::anonymous).orElse(0L) + heap.getMax() - heap.getCommitted();
        return Math.max(0, (long) (limit * Pressure.DEGRADE.from()) - process - FIRST_REQUESTS_BYTES);
    }

    /** A model's part, until it is closed. */
    final class Claim implements AutoCloseable {
        private final String tier;
        private long weightBytes;
        private long cacheBytes;

        private Claim(String tier, long weightBytes, long cacheBytes) {
            this.tier = tier;
            this.weightBytes = weightBytes;
            this.cacheBytes = cacheBytes;
        }

        /** Of keys and values. */
        long cacheBytes() {
            synchronized (ModelMemory.this) {
                return cacheBytes;
            }
        }

        /** The most its weights could take beside all else that is claimed. */
        long mostWeightBytes() {
            synchronized (ModelMemory.this) {
                return weightBytes + Math.max(0, free());
            }
        }

        /**
         * Gives back what its KV cache does not need, and counts what its weights took where that is more than their
         * files: within bounds, for answers by others were written meanwhile.
         */
        void settle(long neededCacheBytes, long takenBytes) {
            synchronized (ModelMemory.this) {
                long most = weightBytes + weightBytes / 4 + MOST_BESIDE_WEIGHTS_BYTES;
                weightBytes = Math.max(weightBytes, Math.min(takenBytes, most));
                cacheBytes = Math.min(cacheBytes, neededCacheBytes);
            }
        }

        private long bytes() {
            return weightBytes + STEP_BYTES + cacheBytes;
        }

        @Override
        public void close() {
            synchronized (ModelMemory.this) {
                claims.remove(this);
            }
        }
    }

    /** @throws UnusableModelException where it does not fit beside what is claimed */
    synchronized Claim claim(LocalSettings settings, long weightBytes) {
        long free = free();
        refuseBeyond(free, settings, weightBytes);
        long without = tiers.stream()
                .filter(tier -> !tier.equals(settings.tier()) && claimedBy(tier) == 0)
                .count();
        long cache =
                settings.cacheBytes() > 0 ? settings.cacheBytes() : (free - weightBytes - STEP_BYTES) / (1 + without);
        var claim = new Claim(settings.tier(), weightBytes, cache);
        claims.add(claim);
        return claim;
    }

    /** Whether it would fit beside the model that its tier has now, with no less for its KV cache than that one has. */
    synchronized boolean fitsBeside(LocalSettings settings, long weightBytes) {
        long has = claims.stream()
                .filter(claim -> claim.tier.equals(settings.tier()))
                .mapToLong(claim -> claim.cacheBytes)
                .max()
                .orElse(0);
        return weightBytes + STEP_BYTES + Math.max(least(settings), has) <= free();
    }

    /** @throws UnusableModelException where it would not fit in the place of the model that its tier has now either */
    synchronized void refuseTooLarge(LocalSettings settings, long weightBytes) {
        refuseBeyond(free() + claimedBy(settings.tier()), settings, weightBytes);
    }

    private void refuseBeyond(long free, LocalSettings settings, long weightBytes) {
        if (weightBytes + STEP_BYTES + least(settings) > free) {
            throw new UnusableModelException(
                    "%s is too large: weights %d MiB, its steps %d and %d of KV cache at least, %d MiB are free of the %d MiB for models%s; take a smaller graph or model, or raise %s, or the memory limit where that is not set"
                            .formatted(
                                    settings.model(),
                                    weightBytes >> 20,
                                    STEP_BYTES >> 20,
                                    least(settings) >> 20,
                                    Math.max(0, free) >> 20,
                                    maxBytes >> 20,
                                    others(settings.tier()),
                                    SETTING));
        }
    }

    private static long least(LocalSettings settings) {
        return settings.cacheBytes() > 0 ? settings.cacheBytes() : LEAST_CACHE_BYTES;
    }

    private String others(String tier) {
        String others = claims.stream()
                .filter(claim -> !claim.tier.equals(tier))
                .map(claim -> "tier " + claim.tier + " has " + (claim.bytes() >> 20))
                .collect(Collectors.joining(", "));
        return others.isEmpty() ? "" : " (" + others + ")";
    }

    private long free() {
        return maxBytes - claims.stream().mapToLong(Claim::bytes).sum();
    }

    private long claimedBy(String tier) {
        return claims.stream()
                .filter(claim -> claim.tier.equals(tier))
                .mapToLong(Claim::bytes)
                .sum();
    }
}
