package dev.siskin.inference.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences beside each other, in a cache that is shared and in one that grows. */
final class BatchingTest {
    private static final int SEQUENCES = 8;
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final DecoderLimits LIMITS = new DecoderLimits(SEQUENCES, 64 << 20, 512, 1, 7);

    /** Of different lengths, each another beginning. */
    private static List<int[]> prompts() {
        var random = new Random(5);
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < SEQUENCES; i++) {
            prompts.add(random.ints(1 + 6 * i, 0, 300).toArray());
        }
        return prompts;
    }

    private static int length(int sequence) {
        return 40 - 3 * sequence;
    }

    private static List<List<Integer>> alone(Decoder decoder) {
        List<List<Integer>> alone = new ArrayList<>();
        List<int[]> prompts = prompts();
        for (int i = 0; i < SEQUENCES; i++) {
            alone.add(Fixture.greedy(decoder, prompts.get(i), length(i)));
        }
        return alone;
    }

    /** Each begins when the one before it has its third token; some are cancelled when they have five. */
    private static List<List<Integer>> staggered(Decoder decoder, boolean isEveryThirdCancelled) throws Exception {
        List<int[]> prompts = prompts();
        var begin = new ArrayList<CountDownLatch>();
        for (int i = 0; i <= SEQUENCES; i++) {
            begin.add(new CountDownLatch(i == 0 ? 0 : 3));
        }
        try (ExecutorService callers = Executors.newFixedThreadPool(SEQUENCES)) {
            List<Future<List<Integer>>> written = new ArrayList<>();
            for (int i = 0; i < SEQUENCES; i++) {
                int sequence = i;
                written.add(callers.submit(() -> {
                    begin.get(sequence).await();
                    List<Integer> tokens = Collections.synchronizedList(new ArrayList<>());
                    boolean isCancelled = isEveryThirdCancelled && sequence % 3 == 1;
                    Decoded decoded = decoder.decode(
                            new DecodeRequest(prompts.get(sequence), length(sequence), Sampling.GREEDY, LONG),
                            token -> {
                                begin.get(sequence + 1).countDown();
                                return tokens.add(token);
                            },
                            () -> {
                                DecoderStats stats = decoder.stats();
                                assertThat(stats.kvHeldBytes()).isLessThanOrEqualTo(stats.kvReservedBytes());
                                return isCancelled && tokens.size() >= 5;
                            });
                    assertThat(decoded.ending()).isIn(Ending.LENGTH, Ending.CANCELLED);
                    return tokens;
                }));
            }
            List<List<Integer>> all = new ArrayList<>();
            for (Future<List<Integer>> tokens : written) {
                all.add(tokens.get());
            }
            return all;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-genai", "qwen3-optimum"})
    void sequencesThatJoinAtDifferentSteps_writeWhatTheyWriteAlone(String fixture) throws Exception {
        try (Decoder decoder = Decoder.open(Fixture.of(fixture).model(Set.of()), LIMITS)) {
            List<List<Integer>> alone = alone(decoder);

            assertThat(staggered(decoder, false)).isEqualTo(alone);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-genai", "qwen3-optimum"})
    void cancelledOnes_leaveTheOthersAsTheyAre(String fixture) throws Exception {
        try (Decoder decoder = Decoder.open(Fixture.of(fixture).model(Set.of()), LIMITS)) {
            List<List<Integer>> alone = alone(decoder);
            List<List<Integer>> written = staggered(decoder, true);

            for (int i = 0; i < SEQUENCES; i++) {
                if (i % 3 == 1) {
                    assertThat(alone.get(i)).startsWith(written.get(i).toArray(Integer[]::new));
                } else {
                    assertThat(written.get(i)).as("sequence %d", i).isEqualTo(alone.get(i));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-genai", "qwen3-optimum"})
    void draws_doNotDependOnTheBatch(String fixture) throws Exception {
        try (Decoder decoder = Decoder.open(Fixture.of(fixture).model(Set.of()), LIMITS);
                ExecutorService callers = Executors.newFixedThreadPool(SEQUENCES)) {
            List<int[]> prompts = prompts();
            List<Future<List<Integer>>> written = new ArrayList<>();
            for (int i = 0; i < SEQUENCES; i++) {
                int sequence = i;
                written.add(callers.submit(() -> drawn(decoder, prompts.get(sequence), sequence)));
            }
            for (int i = 0; i < SEQUENCES; i++) {
                assertThat(written.get(i).get()).isEqualTo(drawn(decoder, prompts.get(i), i));
            }
            assertThat(drawn(decoder, prompts.get(0), 0)).isNotEqualTo(drawn(decoder, prompts.get(0), 1));
        }
    }

    private static List<Integer> drawn(Decoder decoder, int[] prompt, long seed) {
        return Fixture.decode(decoder, prompt, 12, new Sampling(.8, 40, .95, 0, 1.1, seed));
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-genai", "qwen3-optimum"})
    void sequencesThatDoNotFitBesideEachOther_waitForEachOther(String fixture) throws Exception {
        long tokens = fixture.endsWith("genai") ? 200 : 300; // room for one, whatever the rounding
        ModelFolder folder = Fixture.of(fixture).model(Set.of());
        long bytes;
        try (Decoder decoder = Decoder.open(folder, LIMITS)) {
            bytes = tokens * decoder.bytesPerToken();
        }
        try (Decoder decoder = Decoder.open(folder, new DecoderLimits(SEQUENCES, bytes, 512, 1, 7));
                ExecutorService callers = Executors.newFixedThreadPool(2)) {
            int most = decoder.contextTokens() - 10;
            List<Integer> alone = Fixture.greedy(decoder, new int[10], most);
            var highest = new AtomicInteger();
            var request = new DecodeRequest(new int[10], most, Sampling.GREEDY, LONG);
            List<Future<List<Integer>>> written = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                written.add(callers.submit(() -> {
                    List<Integer> read = new ArrayList<>();
                    decoder.decode(request, read::add, () -> {
                        DecoderStats stats = decoder.stats();
                        highest.accumulateAndGet(stats.running(), Math::max);
                        assertThat(stats.kvReservedBytes()).isLessThanOrEqualTo(bytes);
                        return false;
                    });
                    return read;
                }));
            }
            assertThat(written.get(0).get()).isEqualTo(alone);
            assertThat(written.get(1).get()).isEqualTo(alone);
            assertThat(highest).hasValue(1);
        }
    }

    /** Fails the runs it is told to. */
    private static final class FailingCache implements KvCache {
        private final KvCache cache;
        private final AtomicBoolean failsStep = new AtomicBoolean();
        private final AtomicBoolean failsPrefill = new AtomicBoolean();

        FailingCache(KvCache cache) {
            this.cache = cache;
        }

        @Override
        public Logits prefill(int[] tokens) {
            if (failsPrefill.getAndSet(false)) {
                throw new DecodingException("no prefill");
            }
            return cache.prefill(tokens);
        }

        @Override
        public Logits step(int[] tokens) {
            if (failsStep.getAndSet(false)) {
                throw new DecodingException("no step");
            }
            return cache.step(tokens);
        }

        @Override
        public int maxRows() {
            return cache.maxRows();
        }

        @Override
        public int maxTokens() {
            return cache.maxTokens();
        }

        @Override
        public long bytesPerToken() {
            return cache.bytesPerToken();
        }

        @Override
        public long bytes(int rows, long longest, long sum) {
            return cache.bytes(rows, longest, sum);
        }

        @Override
        public long heldBytes() {
            return cache.heldBytes();
        }

        @Override
        public int rows() {
            return cache.rows();
        }

        @Override
        public void enter(MemorySegment saved, int stride, int tokens) {
            cache.enter(saved, stride, tokens);
        }

        @Override
        public void join() {
            cache.join();
        }

        @Override
        public void abandon() {
            cache.abandon();
        }

        @Override
        public void cut(int tokens) {
            cache.cut(tokens);
        }

        @Override
        public void leave(int row) {
            cache.leave(row);
        }

        @Override
        public void save(int row, int tokens, MemorySegment into) {
            cache.save(row, tokens, into);
        }

        @Override
        public void close() {
            cache.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-genai", "qwen3-optimum"})
    void aFailedRun_takesItsSequencesAlone_andGivesTheirRoomBack(String fixture) {
        LoadedModel loaded = LoadedModel.open(Fixture.of(fixture).model(Set.of()), LIMITS, Optional.empty());
        var cache = new FailingCache(loaded.cache());
        var model = new LoadedModel(
                loaded.graphFile(),
                loaded.runner(),
                cache,
                loaded.endTokens(),
                loaded.prefillChunk(),
                loaded.kvBytes());
        try (Decoder decoder = new Decoder(model, Drafting.PROMPT_LOOKUP, fixture)) {
            List<Integer> alone = Fixture.greedy(decoder, new int[20], 20);
            DecoderStats before = decoder.stats();
            cache.failsPrefill.set(true);
            assertThatThrownBy(() -> Fixture.greedy(decoder, new int[20], 20))
                    .isInstanceOf(DecodingException.class)
                    .hasMessage("no prefill");
            var borders = new AtomicInteger();
            List<Integer> read = new ArrayList<>();
            assertThatThrownBy(() ->
                            decoder.decode(new DecodeRequest(new int[20], 20, Sampling.GREEDY, LONG), read::add, () -> {
                                cache.failsStep.set(borders.incrementAndGet() == 6);
                                return false;
                            }))
                    .isInstanceOf(DecodingException.class)
                    .hasMessage("no step");
            assertThat(alone).startsWith(read.toArray(Integer[]::new)).hasSizeGreaterThan(read.size());
            assertThat(read).isNotEmpty();
            assertThatThrownBy(() -> decoder.decode(
                            new DecodeRequest(new int[20], 20, Sampling.GREEDY, LONG), token -> true, () -> {
                                throw new IllegalStateException("no answer");
                            }))
                    .isInstanceOf(DecodingException.class)
                    .hasMessageContaining("no answer");

            assertThat(decoder.stats())
                    .extracting(DecoderStats::running, DecoderStats::kvReservedBytes, DecoderStats::kvHeldBytes)
                    .containsExactly(0, 0L, 0L);
            assertThat(decoder.stats().openTensors()).isEqualTo(before.openTensors());
            assertThat(Fixture.greedy(decoder, new int[20], 20)).isEqualTo(alone);
        }
        assertThat(model.runner().tensors().open()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-genai", "qwen3-optimum"})
    void aThousandShortGenerations_leaveNothing(String fixture) throws Exception {
        LoadedModel model = LoadedModel.open(Fixture.of(fixture).model(Set.of()), LIMITS, Optional.empty());
        try (Decoder decoder = new Decoder(model, Drafting.PROMPT_LOOKUP, fixture);
                ExecutorService callers = Executors.newFixedThreadPool(2 * SEQUENCES)) {
            alone(decoder);
            staggered(decoder, false);
            List<Future<Decoded>> all = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                int number = i;
                all.add(callers.submit(() -> {
                    var tokens = new AtomicInteger();
                    return decoder.decode(
                            new DecodeRequest(new int[1 + number % 9], 1 + number % 6, Sampling.GREEDY, LONG),
                            token -> tokens.incrementAndGet() < 4 || number % 2 == 0,
                            () -> number % 7 == 0 && tokens.get() > 1);
                }));
            }
            for (Future<Decoded> decoded : all) {
                decoded.get();
            }
            assertThat(Fixture.greedy(decoder, new int[] {1}, 1)).hasSize(1); // those given up have left now

            DecoderStats stats = decoder.stats();
            assertThat(stats.running()).isZero();
            assertThat(stats.waiting()).isZero();
            assertThat(stats.kvReservedBytes()).isZero();
            assertThat(stats.kvHeldBytes()).isZero();
            int tensorsOfBatches = fixture.endsWith("genai")
                    ? 2 * SEQUENCES * model.runner().graph().cache().size()
                    : 0;
            assertThat(stats.openTensors()).isLessThanOrEqualTo(tensorsOfBatches);
        }
        assertThat(model.runner().tensors().open()).isZero();
    }
}
