package dev.siskin.retrieval.collection;

import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells a full disk from other failures; Java has only the system's words for it. */
public final class DiskFull {
    private static final Set<String> WORDS =
            Set.of("no space left on device", "not enough space", "disk quota exceeded");

    private DiskFull() {}

    /** Whether the failure, or one that caused it, is a full disk. */
    public static boolean caused(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
            if (WORDS.stream().anyMatch(message::contains)) {
                return true;
            }
        }
        return false;
    }

    /** The failure itself; where it is a full disk, throws what the caller is told instead. */
    public static IOException unless(IOException failure) {
        if (caused(failure)) {
            throw explained(failure);
        }
        return failure;
    }

    /** What the caller is told. */
    public static RetrievalException explained(Throwable cause) {
        return new RetrievalException(
                RetrievalException.Kind.DISK_FULL,
                "the disk is full; what was acknowledged is kept; free some space and send this request again",
                cause);
    }
}
