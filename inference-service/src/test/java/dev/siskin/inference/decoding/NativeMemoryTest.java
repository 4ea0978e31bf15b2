package dev.siskin.inference.decoding;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.siskin.memory.MemoryProbe;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
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

    /** Blocks too small for mappings of their own, the last of which keeps the others from going back by themselves. */
    @Test
    @EnabledOnOs(OS.LINUX)
    @SuppressWarnings("restricted") // the C library's own signatures
    void trim_givesBackWhatTheLibraryKeptOfFreedMemory() throws Throwable {
        Linker linker = Linker.nativeLinker();
        SymbolLookup library = linker.defaultLookup();
        assumeTrue(library.find("malloc_trim").isPresent(), "another C library than GNU's");
        MethodHandle malloc =
                linker.downcallHandle(library.findOrThrow("malloc"), FunctionDescriptor.of(ADDRESS, JAVA_LONG));
        MethodHandle free = linker.downcallHandle(library.findOrThrow("free"), FunctionDescriptor.ofVoid(ADDRESS));
        List<MemorySegment> blocks = new ArrayList<>();
        for (int i = 0; i < 4_096; i++) {
            MemorySegment block = (MemorySegment) malloc.invokeExact(16L << 10);
            blocks.add(block);
            block.reinterpret(16L << 10).fill((byte) 1);
        }
        for (MemorySegment block : blocks.subList(0, blocks.size() - 1)) {
            free.invokeExact(block);
        }
        long kept = MemoryProbe.self().read().orElseThrow().anonymous();

        NativeMemory.trim();

        assertThat(kept - MemoryProbe.self().read().orElseThrow().anonymous()).isGreaterThan(32L << 20);
        free.invokeExact(blocks.getLast());
    }
}
