package dev.siskin.cli.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.cli.CommandFailure;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class IndexerMemoryTest {
    private static final long MIB = 1 << 20;

    @Test
    void heaps_areWhatTheBoundLeaves_theParsersMostOfIt() {
        IndexerMemory small = IndexerMemory.within(512 * MIB, OptionalInt.of(2));
        IndexerMemory large = IndexerMemory.within(1024 * MIB, OptionalInt.of(2));

        assertThat(small.heapBytes() + small.parserBytes()).isEqualTo((512 - 190 - 2 * 40) * MIB);
        assertThat(large.heapBytes() + large.parserBytes()).isEqualTo((1024 - 190 - 2 * 40) * MIB);
        assertThat(small.heapBytes()).isEqualTo(512 * MIB / 7);
        assertThat(large.heapBytes()).isEqualTo(1024 * MIB / 7);
    }

    @Test
    void heap_growsWithTheThreads_andIsHalfOfWhatThereIsWhereThatIsLittle() {
        assertThat(IndexerMemory.within(1248 * MIB, OptionalInt.of(16)).heapBytes())
                .isEqualTo(184 * MIB);
        assertThat(IndexerMemory.within(342 * MIB, OptionalInt.of(1)).heapBytes())
                .isEqualTo(56 * MIB);
    }

    @Test
    void threads_areNoMoreThanThereIsRoomFor_unlessAskedFor() {
        assertThat(IndexerMemory.within(342 * MIB, OptionalInt.empty()).threads())
                .isEqualTo(1);
        assertThatThrownBy(() -> IndexerMemory.within(512 * MIB, OptionalInt.of(8)))
                .isInstanceOf(CommandFailure.class)
                .hasMessage("--memory must be 622m or more where threads that embed are 8: 512m");
    }
}
