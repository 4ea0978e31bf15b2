package dev.siskin.cli.evaluate;

import java.util.Locale;

/** Means and differences as they are printed. */
final class Figures {
    private Figures() {}

    /** {@code 0.6877}. */
    static String plain(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }

    /** {@code +0.0012}, {@code -0.0523}. */
    static String signed(double value) {
        return String.format(Locale.ROOT, "%+.4f", value);
    }
}
