package dev.siskin.embedding;

/**
 * How many texts are embedded at once and how many may wait.
 *
 * @param threads 1 to 256: platform threads, each embedding one text at a time on one core
 * @param queueDepth 1 to 100,000: texts that may wait for a thread; one more is refused
 */
public record EmbedderSettings(int threads, int queueDepth) {

    /** 64 waiting queries of 3 ms a thread are 0.2 s on one: longer than that, and a caller is better told at once. */
    public static final int DEFAULT_QUEUE_DEPTH = 64;

    /** Throws {@link IllegalArgumentException} naming a setting out of range. */
    public EmbedderSettings {
        check("threads", threads, 256);
        check("queue_depth", queueDepth, 100_000);
    }

    /** One thread a processor, more of which only take turns, and {@link #DEFAULT_QUEUE_DEPTH}. */
    public static EmbedderSettings defaults() {
        return new EmbedderSettings(
                Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 256), DEFAULT_QUEUE_DEPTH);
    }

    private static void check(String name, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException("%s must be from 1 to %d: %s=%d".formatted(name, most, name, value));
        }
    }
}
