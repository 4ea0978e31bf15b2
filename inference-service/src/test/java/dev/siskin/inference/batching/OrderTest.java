package dev.siskin.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.AnswerRequest.Priority;
import dev.siskin.auth.ServiceTier;
import dev.siskin.inference.batching.QueueLimits.Cap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OrderTest {
    private static final QueueLimits ROOMY =
            new QueueLimits(new Cap("depth", 1_000), new Cap("tokens", 1_000_000), new Cap("bytes", 1));

    private final AdmissionQueue<String, String> queue = new AdmissionQueue<>(ROOMY, new ManualTicker());

    @Test
    void take_classes_interactiveBeforeBatchAndPremiumBeforeStandard() {
        queue.offer("batch standard", Demands.of(Priority.BATCH, ServiceTier.STANDARD));
        queue.offer("batch premium", Demands.of(Priority.BATCH, ServiceTier.PREMIUM));
        queue.offer("interactive standard", Demands.of(Priority.INTERACTIVE, ServiceTier.STANDARD));
        queue.offer("interactive premium", Demands.of(Priority.INTERACTIVE, ServiceTier.PREMIUM));

        assertThat(take(4))
                .containsExactly("interactive premium", "interactive standard", "batch premium", "batch standard");
    }

    @Test
    void take_oneTenant_firstComeFirstServed() {
        List<String> offered =
                IntStream.range(0, 20).mapToObj(Integer::toString).toList();
        offered.forEach(name -> queue.offer(name, Demands.small()));

        assertThat(take(20)).isEqualTo(offered);
    }

    @Test
    void take_tenants_inTurnsWhoeverFloods() {
        IntStream.range(0, 5).forEach(n -> queue.offer("flood", Demands.of("flood", 10)));
        queue.offer("quiet", Demands.of("quiet", 10));
        queue.offer("calm", Demands.of("calm", 10));

        assertThat(take(7)).containsExactly("flood", "quiet", "calm", "flood", "flood", "flood", "flood");
    }

    @Test
    void take_tenants_inTurnsByTokens() {
        IntStream.range(0, 2).forEach(n -> queue.offer("large", Demands.of("large", 30)));
        IntStream.range(0, 4).forEach(n -> queue.offer("small", Demands.of("small", 10)));

        assertThat(take(6)).containsExactly("large", "small", "small", "small", "large", "small");
    }

    @Test
    void take_tenantThatComesBack_isNotPaidForItsAbsence() {
        IntStream.range(0, 7).forEach(n -> queue.offer("steady", Demands.of("steady", 10)));
        take(4);
        IntStream.range(0, 3).forEach(n -> queue.offer("late", Demands.of("late", 10)));

        assertThat(take(3)).containsExactly("steady", "late", "steady");
    }

    @Test
    void take_tenantThatLeavesAndComesBack_keepsWhatItWasServed() {
        queue.offer("hasty", Demands.of("hasty", 30));
        IntStream.range(0, 5).forEach(n -> queue.offer("steady", Demands.of("steady", 10)));
        assertThat(take(1)).containsExactly("hasty");
        queue.offer("hasty", Demands.of("hasty", 30));

        assertThat(take(4)).containsExactly("steady", "steady", "steady", "steady");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void turns_tenantsThatAlwaysWait_areServedAlikeButForOneJob(long seed) {
        var random = new Random(seed);
        var turns = new TenantTurns<String, String>();
        Map<String, Long> served = new HashMap<>();
        for (String tenant : List.of("a", "b", "c")) {
            served.put(tenant, 0L);
            IntStream.range(0, 3).forEach(n -> turns.add(job(tenant, 1 + random.nextInt(100))));
        }
        for (int n = 0; n < 1_000; n++) {
            Job<String, String> next = turns.next();
            turns.take(next);
            String tenant = next.demand().tenant();
            served.merge(tenant, (long) next.demand().tokens(), Long::sum);
            turns.add(job(tenant, 1 + random.nextInt(100)));
            long most =
                    served.values().stream().mapToLong(tokens -> tokens).max().orElseThrow();
            long least =
                    served.values().stream().mapToLong(tokens -> tokens).min().orElseThrow();
            assertThat(most - least).as("seed %d, take %d", seed, n).isLessThanOrEqualTo(100);
        }
    }

    /** The worst case: the last of all, while something that goes before it arrives for each job taken. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 50})
    void take_endlessJobsOfHigherClasses_starveNone(int older) {
        IntStream.range(0, older).forEach(n -> queue.offer("older", Demands.of(Priority.BATCH, ServiceTier.STANDARD)));
        queue.offer("last", Demands.of(Priority.BATCH, ServiceTier.STANDARD));
        List<String> taken = new ArrayList<>();
        for (int n = 0; n < 8 * (older + 1); n++) {
            queue.offer("urgent", Demands.of(Priority.INTERACTIVE, ServiceTier.PREMIUM));
            taken.addAll(take(1));
        }

        assertThat(taken).containsOnlyOnce("last").endsWith("last");
        assertThat(taken.stream().filter("urgent"::equals)).hasSize(7 * (older + 1));
    }

    /** Whatever comes and whatever its class: nothing waits for more takes than the rule promises. */
    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void take_randomArrivals_waitWithinTheBound(long seed) {
        var random = new Random(seed);
        Map<String, Integer> latest = new HashMap<>();
        for (int n = 0; n < 3_000; n++) {
            while (queue.reading().depth() < 20) {
                String name = n + "/" + queue.reading().accepted();
                latest.put(name, n + 8 * (queue.reading().depth() + 1));
                queue.offer(name, drawn(random));
            }
            String taken = take(1).getFirst();
            assertThat(n).as("seed %d: take of %s", seed, taken).isLessThan(latest.getOrDefault(taken, 0));
            latest.remove(taken);
        }
        int end = 3_000;
        assertThat(latest.values())
                .as("seed %d", seed)
                .allSatisfy(take -> assertThat(take).isGreaterThan(end - 1));
    }

    private static Demand drawn(Random random) {
        Priority priority = random.nextInt(10) == 0 ? Priority.BATCH : Priority.INTERACTIVE;
        ServiceTier tier = random.nextInt(10) == 0 ? ServiceTier.STANDARD : ServiceTier.PREMIUM;
        String tenant = "tenant-" + random.nextInt(5);
        return new Demand(tenant, priority, tier, 1 + random.nextInt(100), 0, Demands.LONG);
    }

    private Job<String, String> job(String tenant, int tokens) {
        return new Job<>(queue, "", Demands.of(tenant, tokens), 0);
    }

    private List<String> take(int jobs) {
        return IntStream.range(0, jobs)
                .mapToObj(n -> queue.poll(Long.MAX_VALUE).orElseThrow().input())
                .toList();
    }
}
