package dev.siskin.inference.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class NativeMemoryTest {
    private static final int PAGE = NativeMemory.PAGE_BYTES;

    @Test
    @EnabledOnOs(OS.LINUX)
    void release_givesWholePagesBack_andKeepsWhatIsBesideThem() {
        try (NativeMemory memory = NativeMemory.reserve(8L * PAGE)) {
            MemorySegment all = memory.segment();
            all.fill((byte) 7);
            memory.release(PAGE + 10, 3L * PAGE);

            assertThat(all.get(ValueLayout.JAVA_BYTE, 2L * PAGE - 1)).isEqualTo((byte) 7);
            assertThat(all.get(ValueLayout.JAVA_BYTE, 2L * PAGE)).isZero();
            assertThat(all.get(ValueLayout.JAVA_BYTE, 4L * PAGE - 1)).isZero();
            assertThat(all.get(ValueLayout.JAVA_BYTE, 4L * PAGE)).isEqualTo((byte) 7);
            memory.release(5L * PAGE + 1, PAGE);
            assertThat(all.get(ValueLayout.JAVA_BYTE, 5L * PAGE)).isEqualTo((byte) 7);
        }
    }

    @Test
    void reserve_takesAddressesAlone() {
        try (NativeMemory memory = NativeMemory.reserve(1L << 38)) {
            memory.segment().set(ValueLayout.JAVA_BYTE, 1L << 37, (byte) 1);
            assertThat(memory.segment().byteSize()).isEqualTo(1L << 38);
        }
    }

    @Test
    void reserve_beyondTheAddressSpace_isAFailure() {
        assertThatThrownBy(() -> NativeMemory.reserve(1L << 60))
                .isInstanceOf(DecodingException.class)
                .hasMessageContaining("bytes=" + (1L << 60));
    }
}
