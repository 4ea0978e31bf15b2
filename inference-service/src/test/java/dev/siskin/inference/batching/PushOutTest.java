package dev.siskin.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.AnswerRequest.Priority;
import dev.siskin.auth.ServiceTier;
import dev.siskin.inference.batching.QueueLimits.Cap;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A queue that one tenant has filled, and others that ask. */
final class PushOutTest {
    private final AdmissionQueue<String, String> queue = new AdmissionQueue<>(
            new QueueLimits(new Cap("max_depth", 8), new Cap("max_tokens", 80), new Cap("max_bytes", 1_000)),
            new ManualTicker());

    private List<Job<String, String>> fill(String tenant, int jobs) {
        List<Job<String, String>> offered = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            offered.add(queue.offer(tenant + i, Demands.of(tenant, 1)));
        }
        return offered;
    }

    private void assertRefused(Demand demand) {
        assertThatThrownBy(() -> queue.offer("late", demand)).isInstanceOf(QueueFullException.class);
    }

    @Test
    void fullOfOneTenant_others_getTheirEvenShareFromItsNewest() {
        List<Job<String, String>> greedy = fill("greedy", 8);

        fill("a", 4);

        assertThat(greedy).extracting(Job::isDone).containsExactly(false, false, false, false, true, true, true, true);
        assertThatThrownBy(greedy.getLast()::await)
                .isInstanceOf(QueueFullException.class)
                .hasMessageContaining("others who hold less");
        assertRefused(Demands.of("a", 1));
        assertRefused(Demands.of("greedy", 1));
        assertThat(queue.reading().depth()).isEqualTo(8);
        assertThat(queue.reading().pushedOut()).isEqualTo(4);
        assertThat(queue.reading().refused()).isEqualTo(2);
    }

    @Test
    void severalTenants_theOneThatHoldsMost_makesRoom() {
        List<Job<String, String>> some = fill("a", 3);
        List<Job<String, String>> most = fill("b", 5);

        queue.offer("c", Demands.of("c", 1));

        assertThat(some).noneMatch(Job::isDone);
        assertThat(most).extracting(Job::isDone).containsExactly(false, false, false, false, true);
    }

    @Test
    void oneTenantAlone_fillsTheQueue() {
        List<Job<String, String>> all = fill("a", 8);

        assertRefused(Demands.of("a", 1));
        assertThat(all).noneMatch(Job::isDone);
    }

    @Test
    void betterClass_isNeverPushedOut() {
        Job<String, String> batch = queue.offer("batch", Demands.of("greedy", Priority.BATCH, ServiceTier.STANDARD));
        List<Job<String, String>> interactive = fill("greedy", 7);
        Demand lesser = Demands.of("a", Priority.BATCH, ServiceTier.STANDARD);

        queue.offer("a", lesser);

        assertThat(batch.isDone()).isTrue();
        assertThat(interactive).noneMatch(Job::isDone);
        assertRefused(lesser);
    }

    @Test
    void tokens_areSharedTooAndNobodyLeavesInVain() {
        Job<String, String> first = queue.offer("first", Demands.of("greedy", 50));
        Job<String, String> second = queue.offer("second", Demands.of("greedy", 30));

        assertRefused(Demands.of("a", 41));
        assertThat(second.isDone()).isFalse();
        queue.offer("a", Demands.of("a", 30));

        assertThat(second.isDone()).isTrue();
        assertThat(first.isDone()).isFalse();
        assertThat(queue.reading().tokens()).isEqualTo(80);
    }
}
