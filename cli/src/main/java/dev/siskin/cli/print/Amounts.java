package dev.siskin.cli.print;

import java.time.Duration;
import java.util.Locale;

/** Bytes, times and counts as people read them. */
public final class Amounts {
    private static final long KIB = 1L << 10;
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;

    private Amounts() {}

    /** {@code 212.4 MiB}. */
    public static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", (double) bytes / MIB);
    }

    /** {@code 512 B}, {@code 4 KiB}, {@code 34 MiB}, {@code 1.5 GiB}. */
    public static String bytes(long bytes) {
        if (bytes < KIB) {
            return bytes + " B";
        }
        if (bytes < MIB) {
            return bytes / KIB + " KiB";
        }
        return bytes < GIB ? bytes / MIB + " MiB" : String.format(Locale.ROOT, "%.1f GiB", (double) bytes / GIB);
    }

    /** {@code 4.3 ms}. */
    public static String millis(double millis) {
        return String.format(Locale.ROOT, "%.1f ms", millis);
    }

    /** {@code 3 s}, {@code 12 min}, {@code 5 h 20 min}, {@code 3 d 4 h}. */
    public static String duration(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds < 60) {
            return seconds + " s";
        }
        if (seconds < 3_600) {
            return seconds / 60 + " min";
        }
        return seconds < 86_400
                ? seconds / 3_600 + " h " + seconds % 3_600 / 60 + " min"
                : seconds / 86_400 + " d " + seconds % 86_400 / 3_600 + " h";
    }

    /** {@code 1 chunk}, {@code 12,034 chunks}. */
    public static String count(long number, String singular) {
        return String.format(Locale.ROOT, "%,d %s%s", number, singular, number == 1 ? "" : "s");
    }
}
