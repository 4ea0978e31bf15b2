package dev.siskin.inference;

import dev.siskin.inference.batching.QueueLimits;
import dev.siskin.inference.batching.QueueLimits.Cap;
import dev.siskin.settings.Setting;
import dev.siskin.settings.Settings;
import java.util.List;

/** The settings of the queue before a generation tier. */
public record QueueSettings(Setting<Integer> depth, Setting<Integer> tokens, Setting<Long> bytes) {
    /** @param tier as settings name it */
    static QueueSettings declare(String tier) {
        String prefix = "inference." + tier + ".queue.";
        return new QueueSettings(
                Setting.integer(
                        prefix + "depth",
                        QueueLimits.DEFAULT_MAX_QUEUE_DEPTH,
                        1,
                        100_000,
                        "Questions that may wait for tier " + tier + "; beyond, the ladder's next step or 503."),
                Setting.integer(
                        prefix + "tokens",
                        (int) QueueLimits.DEFAULT_MAX_QUEUE_TOKENS,
                        1,
                        Integer.MAX_VALUE,
                        "Estimated tokens they may have together, to be read and to be written."),
                Setting.bytes(
                        prefix + "bytes",
                        QueueLimits.DEFAULT_MAX_QUEUE_BYTES,
                        "Bytes that what they read may have together."));
    }

    List<Setting<?>> all() {
        return List.of(depth, tokens, bytes);
    }

    QueueLimits read(Settings settings) {
        return new QueueLimits(
                new Cap(depth.env(), settings.get(depth)),
                new Cap(tokens.env(), settings.get(tokens)),
                new Cap(bytes.env(), settings.get(bytes)));
    }
}
