package dev.siskin.inference.accounting;

import java.util.Locale;

/** How near the memory that cannot be given back is to the limit. */
public enum Pressure {
    NORMAL(0),
    WARN(0.7),
    DEGRADE(0.8),
    REFUSE(0.9);

    /** A level is left only when the share is this much below where it begins. */
    private static final double RELEASE = 0.05;

    private final double from;

    Pressure(double from) {
        this.from = from;
    }

    /** Share of the limit, 0 to 1, where it begins. */
    public double from() {
        return from;
    }

    /** The level of a share of the limit, 0 to 1, where this was the level before. */
    Pressure next(double share) {
        Pressure level = NORMAL;
        for (Pressure one : values()) {
            double bound = one.compareTo(this) <= 0 ? one.from - RELEASE : one.from;
            if (share >= bound) {
                level = one;
            }
        }
        return level;
    }

    /** As {@code GET /v1/memory} has it. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
