package dev.siskin.inference.answering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.AnswerRequest.Priority;
import dev.siskin.api.Tier;
import dev.siskin.auth.ServiceTier;
import dev.siskin.inference.accounting.HeldBytes;
import dev.siskin.inference.batching.Demand;
import dev.siskin.inference.batching.QueueLimits;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.Generator;
import dev.siskin.inference.generation.Prompt;
import dev.siskin.inference.shaping.GenerationParameters;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A tier whose generator is replaced while it writes. */
@Timeout(30)
final class ReplacedGeneratorTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private final Gated before = new Gated("before");
    private final Gated after = new Gated("after");
    private final GenerationTier tier =
            new GenerationTier(Tier.SMALL, 100, before, QueueLimits.DEFAULT, 2, System::nanoTime);

    @AfterEach
    void close() {
        before.mayEnd.countDown();
        after.mayEnd.countDown();
        callers.close();
        tier.close();
    }

    /** Writes nothing, and as long as it is told to; fails where it is closed meanwhile. */
    private static final class Gated implements Generator {
        private final String model;
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch mayEnd = new CountDownLatch(1);
        private volatile boolean isClosed;

        Gated(String model) {
            this.model = model;
        }

        @Override
        public String model() {
            return model;
        }

        @Override
        public List<HeldBytes> held() {
            return List.of(new HeldBytes("model_weights", model, () -> 1, null));
        }

        @Override
        public Generated generate(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation) {
            begun.countDown();
            try {
                mayEnd.await();
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
            if (isClosed) {
                throw new IllegalStateException("closed under an answer");
            }
            return Generated.of(Optional.empty());
        }

        @Override
        public void close() {
            isClosed = true;
        }
    }

    private Future<Written> written() {
        var parameters = new GenerationParameters(10, 0, OptionalLong.empty(), List.of());
        var prompt = new Prompt("q", Optional.empty(), List.of(), parameters, LONG);
        var demand = new Demand("acme", Priority.INTERACTIVE, ServiceTier.STANDARD, 10, 0, LONG);
        return callers.submit(() -> tier.generate(prompt, draft -> {}, new Cancellation(), demand));
    }

    @Test
    void answersUnderWay_endOnTheOldOne_whichIsClosedAfterThem() throws Exception {
        Future<Written> first = written();
        before.begun.await();

        GeneratorInUse replaced = tier.replace(after);
        Future<?> closed = callers.submit(replaced::close);
        Future<Written> second = written();
        after.begun.await();
        assertThat(tier.plan().model()).isEqualTo("after");
        assertThat(tier.held()).extracting(HeldBytes::detail).containsExactly("after", "before");
        assertThat(before.isClosed).isFalse();
        assertThat(closed.isDone()).isFalse();

        before.mayEnd.countDown();
        assertThat(first.get().model()).isEqualTo("before");
        closed.get();
        assertThat(before.isClosed).isTrue();
        assertThat(tier.held()).extracting(HeldBytes::detail).containsExactly("after");
        after.mayEnd.countDown();
        assertThat(second.get().model()).isEqualTo("after");
        assertThat(after.isClosed).isFalse();
    }

    @Test
    void replacedAndClosed_isNotEnteredAnyMore() {
        GeneratorInUse replaced = tier.replace(after);
        replaced.close();

        assertThat(replaced.enter()).isFalse();
    }
}
