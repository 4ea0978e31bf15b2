package dev.siskin.inference.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/**
 * Hundreds of answers, and a hundred given up in the middle, by our own counters; {@code bench decoding-memory} reads the
 * process's memory over ten thousand.
 */
final class EnduranceTest {
    private static final Path FOLDER = Path.of("models/siskin-mini");
    private static final int ROWS = 4;
    private static final DecoderLimits LIMITS = new DecoderLimits(ROWS, 16 << 20, 400, 2, 64);
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final int LONGEST = 200;

    @Test
    void answersAndCancelledOnes_leaveNothingButPrefixes() throws Exception {
        ModelFolder folder = ModelFolder.open(FOLDER).withoutEndTokens();
        try (Decoder decoder = Decoder.open(folder, LIMITS, Drafting.PROMPT_LOOKUP, Optional.empty())) {
            long threads = threads();
            assertThat(all(100, number -> written(decoder, number))).containsOnly(Ending.LENGTH);
            assertIdle(decoder);

            assertThat(all(100, number -> givenUp(decoder, number, true))).containsOnly(Ending.CANCELLED);
            assertIdle(decoder);
            assertThat(all(100, number -> givenUp(decoder, number, false))).containsOnly(Ending.SINK);
            assertIdle(decoder);

            assertThat(all(100, number -> written(decoder, number))).containsOnly(Ending.LENGTH);
            assertIdle(decoder);
            assertThat(threads()).isEqualTo(threads);
            assertThat(decoder.stats().prefixBytes()).isPositive();
        }
        assertThat(threads()).isZero();
    }

    @Test
    void closedDecoder_hasNoTensorOpen() throws Exception {
        Decoder decoder = Decoder.open(ModelFolder.open(FOLDER), LIMITS, Drafting.PROMPT_LOOKUP, Optional.empty());
        try (decoder) {
            all(20, number -> written(decoder, number));
            assertThat(decoder.stats().openTensors()).isPositive();
        }
        assertThat(decoder.stats().openTensors()).isZero();
    }

    private static void assertIdle(Decoder decoder) {
        long end = System.nanoTime() + LONG.toNanos();
        while (decoder.stats().running() > 0 && System.nanoTime() < end) {
            Thread.onSpinWait(); // who reads no further returns at once; the decoder hears of it at the next border
        }
        DecoderStats stats = decoder.stats();
        assertThat(stats.running()).isZero();
        assertThat(stats.waiting()).isZero();
        assertThat(stats.kvReservedBytes()).isZero();
        assertThat(stats.kvHeldBytes()).isZero();
        assertThat(stats.prefixBytes()).isLessThanOrEqualTo(LIMITS.kvBytes() / 4);
        // over the first n slots, and over each slot alone: four layers, keys and values
        assertThat(stats.openTensors()).isLessThanOrEqualTo((2 * ROWS - 1) * 4 * 2);
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("decode-siskin-mini"))
                .count();
    }

    /** By as many callers as there are rows. */
    private static List<Ending> all(int times, IntFunction<Ending> one) throws Exception {
        List<Ending> endings = new ArrayList<>();
        try (ExecutorService callers = Executors.newFixedThreadPool(ROWS)) {
            List<Future<Ending>> running = new ArrayList<>();
            for (int i = 0; i < times; i++) {
                int number = i;
                running.add(callers.submit(() -> one.apply(number)));
            }
            for (Future<Ending> ending : running) {
                endings.add(ending.get());
            }
        }
        return endings;
    }

    private static Ending written(Decoder decoder, int number) {
        var random = new Random(number);
        return decoder.decode(
                        new DecodeRequest(prompt(random), 1 + random.nextInt(12), Sampling.GREEDY, LONG),
                        token -> true,
                        () -> false)
                .ending();
    }

    private static Ending givenUp(Decoder decoder, int number, boolean byWhoWaits) {
        var written = new AtomicInteger();
        return decoder.decode(
                        new DecodeRequest(prompt(new Random(number)), LONGEST, Sampling.GREEDY, LONG),
                        token -> written.incrementAndGet() < 3 || byWhoWaits,
                        () -> byWhoWaits && written.get() >= 3)
                .ending();
    }

    /** Of 50 to 150 tokens, the first 40 of which are the same in all. */
    private static int[] prompt(Random random) {
        int[] prompt = random.ints(50 + random.nextInt(100), 10, 6_000).toArray();
        for (int place = 0; place < 40; place++) {
            prompt[place] = place;
        }
        return prompt;
    }
}
