package dev.siskin.inference.answering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.AnswerRequest;
import dev.siskin.inference.shaping.QuestionShaper;
import dev.siskin.inference.shaping.ShapedQuestion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RequestBytesTest {
    private final AtomicLong nanos = new AtomicLong();

    private static ShapedQuestion question(int topK) {
        return new QuestionShaper(512)
                .shape(new AnswerRequest(
                        "why?", "docs", null, topK, null, null, null, null, 1, null, null, null, null, null, null));
    }

    private RequestBytes bytes(long max) {
        return new RequestBytes(max, "SETTING", nanos::get);
    }

    /** Reserves for a tenant until it gets no more. */
    private static List<RequestBytes.Share> all(RequestBytes bytes, String tenant) {
        List<RequestBytes.Share> shares = new ArrayList<>();
        while (true) {
            try {
                shares.add(bytes.reserve(tenant, question(1)));
            } catch (MemoryShortException full) {
                return shares;
            }
        }
    }

    @Test
    void reserve_untilFull_refusesAndFitsAgainAfterwards() {
        RequestBytes bytes = bytes(50_000);
        RequestBytes.Share first = bytes.reserve("a", question(1));
        RequestBytes.Share second = bytes.reserve("a", question(1));

        assertThatThrownBy(() -> bytes.reserve("a", question(1)))
                .isInstanceOf(MemoryShortException.class)
                .hasMessageContainingAll("SETTING=50000", "hold " + (first.bytes() + second.bytes()));
        first.close();
        first.close();
        assertThat(bytes.held()).isEqualTo(second.bytes());
        bytes.reserve("a", question(1)).close();
        second.close();

        assertThat(bytes.held()).isZero();
    }

    @Test
    void reserve_moreThanAll_neverFits() {
        assertThatThrownBy(() -> bytes(50_000).reserve("a", question(50)))
                .isInstanceOf(NeverFitsException.class)
                .hasMessageContainingAll("SETTING=50000", "top_k");
    }

    @Test
    void settle_holdsWhatWasFound_orFailsAndHoldsWhatItHeld() {
        RequestBytes bytes = bytes(200_000);
        RequestBytes.Share share = bytes.reserve("a", question(1));
        long estimated = share.bytes();
        bytes.reserve("b", question(20));

        share.settle(10_000);
        long settled = share.bytes();

        assertThat(settled).isBetween(30_000L, 60_000L).isGreaterThan(estimated);
        assertThatThrownBy(() -> share.settle(30_000)).isInstanceOf(MemoryShortException.class);
        assertThat(share.bytes()).isEqualTo(settled);
        assertThatThrownBy(() -> share.settle(100_000)).isInstanceOf(NeverFitsException.class);
        share.settle(100);
        assertThat(share.bytes()).isLessThan(estimated);
        long others = bytes.held() - share.bytes();
        share.close();
        share.settle(10_000);
        assertThat(bytes.held()).isEqualTo(others);
    }

    @Test
    void tenantAlone_getsAll_andMakesWayOnceAnotherAsks() {
        RequestBytes bytes = bytes(1_000_000);
        List<RequestBytes.Share> greedy = all(bytes, "greedy");
        long each = greedy.getFirst().bytes();
        assertThat(bytes.held()).isGreaterThan(1_000_000 - each);
        assertThat(all(bytes, "late")).isEmpty();

        greedy.removeFirst().close();
        assertThat(all(bytes, "greedy")).isEmpty();

        assertThat(all(bytes, "late")).hasSize(1);
    }

    @Test
    void tenantsThatWantAll_getEqualParts_andNewOnesStillFit() {
        RequestBytes bytes = bytes(1_000_000);
        bytes.reserve("b", question(1));
        int a = all(bytes, "a").size();
        int b = 1 + all(bytes, "b").size();

        assertThat(Math.abs(a - 2 * b)).isLessThanOrEqualTo(2);
        assertThat(all(bytes, "c")).isNotEmpty();
    }

    @Test
    void claimOfATenantThatComesNoMore_ends() {
        RequestBytes bytes = bytes(1_000_000);
        List<RequestBytes.Share> greedy = all(bytes, "greedy");
        assertThat(all(bytes, "gone")).isEmpty();
        greedy.removeFirst().close();

        nanos.addAndGet(Duration.ofSeconds(11).toNanos());

        assertThat(all(bytes, "greedy")).hasSize(1);
    }
}
