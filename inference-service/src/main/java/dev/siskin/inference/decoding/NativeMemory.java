package dev.siskin.inference.decoding;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Anonymous memory that costs a page where one is written, not where it is reserved, and gives pages back before it is
 * closed. {@code java.lang.foreign}'s own memory is written to when it is reserved.
 *
 * <p>Huge pages are declined: one row's few tokens would take 2 MiB for each head otherwise. Whoever closes it sees to it
 * that nobody uses it any more. One thread at a time.
 *
 * <p>Source: Linux man pages {@code mmap(2)}, {@code madvise(2)}.
 */
final class NativeMemory implements AutoCloseable {
    /** Of a page, on every machine that ONNX Runtime's Java package is built for but some ARM kernels, where more is held. */
    static final int PAGE_BYTES = 4096;

    private static final boolean IS_LINUX = System.getProperty("os.name").equals("Linux");
    private static final int READ_WRITE = 3;
    private static final int PRIVATE_ANONYMOUS_UNRESERVED = IS_LINUX ? 0x2 | 0x20 | 0x4000 : 0x2 | 0x1000 | 0x40;
    private static final int DONT_NEED = 4;
    private static final int NO_HUGE_PAGE = 15;
    private static final long FAILED = -1;

    private static final MethodHandle MAP = function(
            "mmap", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle UNMAP = function("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle ADVISE =
            function("madvise", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

    /** Of the GNU C library; other libraries give back by themselves, or not at all. */
    private static final Optional<MethodHandle> TRIM = trimFunction();

    private final MemorySegment memory;

    private NativeMemory(MemorySegment memory) {
        this.memory = memory;
    }

    @SuppressWarnings("restricted") // the calls are those of the C library, with its own signatures
    private static MethodHandle function(String name, FunctionDescriptor signature) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), signature);
    }

    @SuppressWarnings("restricted") // int malloc_trim(size_t)
    private static Optional<MethodHandle> trimFunction() {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find("malloc_trim")
                .map(function -> linker.downcallHandle(function, FunctionDescriptor.of(JAVA_INT, JAVA_LONG)));
    }

    /**
     * Gives back what the C library keeps of freed memory. ONNX Runtime frees its optimizer's work when a session is
     * open, and a model's weights when it is closed, most of it in pieces that the library would keep for later ones.
     */
    static void trim() {
        if (TRIM.isPresent()) {
            try {
                int ignored = (int) TRIM.get().invokeExact(0L);
                assert ignored >= 0;
            } catch (Throwable impossible) {
                throw new AssertionError("a call of the C library does not throw", impossible);
            }
        }
    }

    /**
     * Reserves address space, all zeros.
     *
     * @throws DecodingException where the kernel gives none
     */
    @SuppressWarnings("restricted") // the size is the one that was mapped
    static NativeMemory reserve(long bytes) {
        try {
            MemorySegment mapped = (MemorySegment)
                    MAP.invokeExact(MemorySegment.NULL, bytes, READ_WRITE, PRIVATE_ANONYMOUS_UNRESERVED, -1, 0L);
            if (mapped.address() == FAILED) {
                throw new DecodingException(
                        "the kernel gives no address space for a KV cache: bytes=%d; allow fewer sequences or tokens"
                                .formatted(bytes));
            }
            NativeMemory memory = new NativeMemory(mapped.reinterpret(bytes));
            if (IS_LINUX) {
                memory.advise(0, bytes, NO_HUGE_PAGE);
            }
            return memory;
        } catch (DecodingException e) {
            throw e;
        } catch (Throwable impossible) {
            throw new AssertionError("a call of the C library does not throw", impossible);
        }
    }

    /** All of it. */
    MemorySegment segment() {
        return memory;
    }

    /** Gives the whole pages of a range back, which is zeros from then on; bytes beside them are kept. */
    void release(long from, long bytes) {
        long begin = (from + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
        long end = (from + bytes) / PAGE_BYTES * PAGE_BYTES;
        if (end > begin) {
            advise(begin, end - begin, DONT_NEED);
        }
    }

    /** An advice that the kernel does not know costs memory and nothing else. */
    private void advise(long from, long bytes, int what) {
        try {
            int ignored = (int) ADVISE.invokeExact(memory.asSlice(from, bytes), bytes, what);
            assert ignored <= 0;
        } catch (Throwable impossible) {
            throw new AssertionError("a call of the C library does not throw", impossible);
        }
    }

    @Override
    public void close() {
        try {
            int failed = (int) UNMAP.invokeExact(memory, memory.byteSize());
            assert failed == 0;
        } catch (Throwable impossible) {
            throw new AssertionError("a call of the C library does not throw", impossible);
        }
    }
}
