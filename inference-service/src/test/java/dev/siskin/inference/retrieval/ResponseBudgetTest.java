package dev.siskin.inference.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.inference.retrieval.ResponseBudget.Share;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ResponseBudgetTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final ResponseBudget budget = new ResponseBudget(300);

    private static CompletableFuture<Void> reserve(Share share, long bytes) {
        return share.reserve(bytes).toCompletableFuture();
    }

    @Test
    void reserve_whileThereIsRoom_isAtOnce() {
        Share one = budget.share(LONG);
        Share other = budget.share(LONG);

        assertThat(reserve(one, 40)).isCompleted();
        assertThat(reserve(other, 60)).isCompleted();

        assertThat(budget.held()).isEqualTo(budget.max());
        one.giveBack();
        one.giveBack();
        assertThat(budget.held()).isEqualTo(ResponseBudget.COPIES * 60);
    }

    @Test
    void reserve_moreThanAll_takesAll() {
        assertThat(reserve(budget.share(LONG), 1000)).isCompleted();

        assertThat(budget.held()).isEqualTo(budget.max());
    }

    @Test
    void reserve_full_waitsInTurn() {
        Share first = budget.share(LONG);
        var _ = reserve(first, 100);
        CompletableFuture<Void> large = reserve(budget.share(Duration.ofHours(1)), 80);
        CompletableFuture<Void> small = reserve(budget.share(Duration.ofHours(1)), 1);

        first.read(99);
        assertThat(large).isNotDone();
        assertThat(small).as("behind the large one").isNotDone();

        first.read(20);
        large.join();
        assertThat(small).isNotDone();
        first.giveBack();
        small.join();
        assertThat(budget.held()).isEqualTo(ResponseBudget.COPIES * 81);
    }

    @Test
    void reserve_noRoomInTime_isRefusedAndLeavesNothing() {
        Share first = budget.share(LONG);
        var _ = reserve(first, 100);
        Share late = budget.share(Duration.ofMillis(2));

        assertThat(reserve(late, 1).handle((_, failed) -> failed).join()).isInstanceOf(TimeoutException.class);
        late.giveBack();
        first.giveBack();

        assertThat(budget.held()).isZero();
    }

    @Test
    void reserve_admittedAfterItGaveUp_isGivenBack() {
        Share first = budget.share(LONG);
        var _ = reserve(first, 100);
        Share late = budget.share(Duration.ofMillis(2));
        reserve(late, 1).exceptionally(_ -> null).join();

        first.giveBack();
        late.giveBack();

        assertThat(budget.held()).isZero();
    }

    @Test
    void giveBack_whileWaiting_leavesTheQueue() {
        Share first = budget.share(LONG);
        var _ = reserve(first, 100);
        Share gone = budget.share(LONG);
        CompletableFuture<Void> never = reserve(gone, 100);
        CompletableFuture<Void> next = reserve(budget.share(LONG), 1);

        gone.giveBack();
        assertThat(never).isCancelled();
        assertThat(gone.isWaiting()).isFalse();
        first.giveBack();

        next.join();
        assertThat(budget.held()).isEqualTo(ResponseBudget.COPIES);
    }

    @Test
    void reserve_givenBackBefore_isRefused() {
        Share gone = budget.share(LONG);
        gone.giveBack();

        assertThat(reserve(gone, 1)).isCompletedExceptionally();
        assertThat(budget.held()).isZero();
    }
}
