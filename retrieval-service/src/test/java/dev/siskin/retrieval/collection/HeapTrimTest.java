package dev.siskin.retrieval.collection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HeapTrimTest {
    private final AtomicLong committed = new AtomicLong(64 << 20);
    private final AtomicInteger collections = new AtomicInteger();

    @Test
    void trim_collectsOncePerGrowth() {
        var trim = new HeapTrim(committed::get, collections::incrementAndGet);
        committed.addAndGet(HeapTrim.WORTH_IT - 1);
        trim.trim(false);
        assertThat(collections).hasValue(0);
        committed.incrementAndGet();
        trim.trim(false);
        trim.trim(false);
        assertThat(collections).hasValue(1);
    }

    /** What is given back may be taken again, and is given back again. */
    @Test
    void trim_afterACollectionThatGaveBack_countsFromWhatIsLeft() {
        var trim = new HeapTrim(committed::get, () -> {
            collections.incrementAndGet();
            committed.set(40 << 20);
        });
        committed.addAndGet(HeapTrim.WORTH_IT);
        trim.trim(false);
        committed.addAndGet(HeapTrim.WORTH_IT);
        trim.trim(false);
        assertThat(collections).hasValue(2);
    }

    @Test
    void trim_whenMergesHaveEnded_collectsWithoutGrowth() {
        var trim = new HeapTrim(committed::get, collections::incrementAndGet);
        trim.trim(true);
        trim.trim(false);
        assertThat(collections).hasValue(1);
    }

    @Test
    void trim_afterTheHeapShrankByItself_countsFromThere() {
        var trim = new HeapTrim(committed::get, collections::incrementAndGet);
        committed.addAndGet(-HeapTrim.WORTH_IT);
        trim.trim(false);
        committed.addAndGet(HeapTrim.WORTH_IT);
        trim.trim(false);
        assertThat(collections).hasValue(1);
    }
}
