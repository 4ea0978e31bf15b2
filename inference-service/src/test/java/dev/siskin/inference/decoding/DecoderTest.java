package dev.siskin.inference.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One sequence: how it ends, and what is refused. */
final class DecoderTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final DecoderLimits LIMITS = new DecoderLimits(4, 16 << 20, 128, 1, 16);
    private static final int[] PROMPT = {5, 60, 7, 80, 9};
    private static Decoder decoder;
    private static ModelFolder folder;

    @BeforeAll
    static void open() {
        folder = Fixture.of("llama-genai").model(Set.of());
        decoder = Decoder.open(folder, LIMITS);
    }

    @AfterAll
    static void close() {
        decoder.close();
    }

    private static DecodeRequest request(int most, Duration time) {
        return new DecodeRequest(PROMPT, most, Sampling.GREEDY, time);
    }

    @Test
    void length_endsIt() {
        List<Integer> tokens = new ArrayList<>();
        Decoded decoded = decoder.decode(request(9, LONG), tokens::add, () -> false);

        assertThat(decoded.ending()).isEqualTo(Ending.LENGTH);
        assertThat(decoded.promptTokens()).isEqualTo(5);
        assertThat(decoded.newTokens()).isEqualTo(9);
        assertThat(tokens).hasSize(9);
    }

    @Test
    void recordedTokens_areWritten_whateverTheModelSays_andItGoesOnBehindThem() {
        List<Integer> said = Fixture.greedy(decoder, PROMPT, 4);
        int[] recorded = {(said.get(0) + 1) % 100, 17, 18};
        List<Integer> tokens = new ArrayList<>();
        decoder.decode(new DecodeRequest(PROMPT, 4, new Recorded(recorded), LONG), tokens::add, () -> false);

        int[] prompt = {5, 60, 7, 80, 9, recorded[0], 17, 18};
        assertThat(tokens).startsWith(recorded[0], 17, 18).hasSize(4);
        assertThat(tokens.get(3)).isEqualTo(Fixture.greedy(decoder, prompt, 1).getFirst());
    }

    @Test
    void eachOfSeveralEndTokens_endsIt_andIsNotHandedOver() {
        List<Integer> all = Fixture.greedy(decoder, PROMPT, 12);
        int end = all.get(7);
        int before = all.indexOf(end);
        List<Integer> tokens = new ArrayList<>();
        try (Decoder ending = Decoder.open(Fixture.of("llama-genai").model(Set.of(319, end)), LIMITS)) {
            Decoded decoded = ending.decode(request(12, LONG), tokens::add, () -> false);

            assertThat(decoded.ending()).isEqualTo(Ending.END_TOKEN);
            assertThat(decoded.newTokens()).isEqualTo(before);
        }
        assertThat(tokens).isEqualTo(all.subList(0, before));
    }

    @Test
    void sinkThatWantsNoMore_endsIt() {
        List<Integer> tokens = new ArrayList<>();
        Decoded decoded = decoder.decode(
                request(50, LONG),
                token -> {
                    tokens.add(token);
                    return tokens.size() < 3;
                },
                () -> false);

        assertThat(decoded.ending()).isEqualTo(Ending.SINK);
        assertThat(decoded.newTokens()).isEqualTo(3);
        assertThat(tokens).hasSize(3);
    }

    @Test
    void sinkThatFails_endsIt_andItsCallerKnowsWhy() {
        assertThatThrownBy(() -> decoder.decode(
                        request(50, LONG),
                        token -> {
                            throw new IllegalStateException("full");
                        },
                        () -> false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("full");
        assertThat(Fixture.greedy(decoder, PROMPT, 4)).hasSize(4);
    }

    @Test
    void timeThatIsOver_endsIt() {
        assertThat(decoder.decode(request(50, Duration.ZERO), token -> true, () -> false))
                .extracting(Decoded::ending, Decoded::newTokens)
                .containsExactly(Ending.DEADLINE, 0);
    }

    @Test
    void cancelledBeforeItRuns_writesNothing() {
        assertThat(decoder.decode(request(50, LONG), token -> true, () -> true))
                .extracting(Decoded::ending, Decoded::newTokens)
                .containsExactly(Ending.CANCELLED, 0);
    }

    @Test
    void interruptedCaller_endsIt_andStaysInterrupted() {
        Decoded decoded;
        try {
            Thread.currentThread().interrupt();
            decoded = decoder.decode(request(100, LONG), token -> true, () -> false);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(decoded.ending()).isEqualTo(Ending.CANCELLED);
    }

    @Test
    void longerThanTheContext_isRefusedWithFigures() {
        assertThatThrownBy(() -> decoder.decode(request(124, LONG), token -> true, () -> false))
                .isInstanceOf(SequenceTooLongException.class)
                .hasMessageContaining("at most 128 tokens")
                .hasMessageContaining("prompt=5, maxNewTokens=124");
    }

    @Test
    void budget_boundsTheContext() {
        long token = decoder.bytesPerToken();
        try (Decoder small = Decoder.open(folder, new DecoderLimits(4, 140 * token, 512, 1, 16))) {
            int most = small.contextTokens();
            assertThat(most).isBetween(70, 139);
            assertThat(Fixture.greedy(small, PROMPT, most - 5)).hasSize(most - 5);
            assertThatThrownBy(() -> Fixture.greedy(small, PROMPT, most - 4))
                    .isInstanceOf(SequenceTooLongException.class);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Decoder.open(folder, new DecoderLimits(4, token, 512, 1, 16)))
                .withMessageContaining("kvBytes=" + token);
    }

    @Test
    void tokenOfAnotherModel_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Fixture.greedy(decoder, new int[] {1, 320}, 3))
                .withMessageContaining("token=320");
        assertThatIllegalArgumentException().isThrownBy(() -> Fixture.greedy(decoder, new int[] {-1}, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> Fixture.greedy(decoder, new int[0], 3));
    }

    @Test
    void closing_endsWhatRunsAndWhatWaits() throws Exception {
        var one = new DecoderLimits(1, 16 << 20, 512, 1, 16);
        Decoder closed = Decoder.open(folder, one);
        var isClosing = new AtomicBoolean();
        try (ExecutorService callers = Executors.newFixedThreadPool(2)) {
            List<Future<?>> both = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                var borders = new AtomicInteger();
                both.add(callers.submit(() -> closed.decode(request(200, LONG), token -> true, () -> {
                    while (borders.incrementAndGet() > 3 && !isClosing.get()) {
                        Thread.onSpinWait(); // so that it cannot be done before
                    }
                    return false;
                })));
            }
            while (closed.stats().running() < 1 || closed.stats().waiting() < 1) {
                Thread.onSpinWait();
            }
            Thread closer = Thread.ofPlatform().start(closed::close);
            while (closer.getState() != Thread.State.WAITING && closer.isAlive()) {
                Thread.onSpinWait();
            }
            isClosing.set(true);
            closer.join();
            for (Future<?> sequence : both) {
                assertThatThrownBy(sequence::get)
                        .hasCauseInstanceOf(DecodingException.class)
                        .hasMessageContaining("closed");
            }
        }
        assertThatThrownBy(() -> Fixture.greedy(closed, PROMPT, 3)).isInstanceOf(IllegalStateException.class);
        closed.close();
    }
}
