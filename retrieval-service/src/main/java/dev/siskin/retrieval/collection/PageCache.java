package dev.siskin.retrieval.collection;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MemorySegmentAccessInput;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel's page cache holds of files, and how it is told to let go of them. Calls the C library; where it lacks
 * a function, as other systems than Linux do, nothing is told and nothing known. Thread-safe.
 *
 * <p>Source: Linux man pages {@code mincore(2)}, {@code sync_file_range(2)}, {@code posix_fadvise(2)}.
 */
public final class PageCache {
    private static final Logger LOG = LoggerFactory.getLogger(PageCache.class);
    private static final int READ_ONLY = 0;
    private static final int WRITE = 2;
    private static final int WRITE_AND_WAIT = 1 | WRITE | 4;
    private static final int WILL_NEED = 3;
    private static final int DONT_NEED = 4;

    /** Pages asked about at once: 256 KiB of answers for 1 GiB of mapping. */
    private static final long PAGES_AT_ONCE = 256 * 1024;

    private final Functions functions;

    private record Functions(
            long pageBytes,
            MethodHandle open,
            MethodHandle close,
            MethodHandle syncFileRange,
            MethodHandle fadvise,
            MethodHandle mincore) {}

    private PageCache(Functions functions) {
        this.functions = functions;
    }

    private static final class Holder {
        static final Optional<PageCache> OF_THIS_KERNEL = linked();
    }

    /** The kernel's, where it can be spoken to. */
    public static Optional<PageCache> ofThisKernel() {
        return Holder.OF_THIS_KERNEL;
    }

    private static Optional<PageCache> linked() {
        var integer = ValueLayout.JAVA_INT;
        var wide = ValueLayout.JAVA_LONG;
        var pointer = ValueLayout.ADDRESS;
        try {
            MethodHandle pageSize = function("getpagesize", FunctionDescriptor.of(integer));
            return Optional.of(new PageCache(new Functions(
                    (int) pageSize.invokeExact(),
                    function("open", FunctionDescriptor.of(integer, pointer, integer)),
                    function("close", FunctionDescriptor.of(integer, integer)),
                    function("sync_file_range", FunctionDescriptor.of(integer, integer, wide, wide, integer)),
                    function("posix_fadvise", FunctionDescriptor.of(integer, integer, wide, wide, integer)),
                    function("mincore", FunctionDescriptor.of(integer, pointer, wide, pointer)))));
        } catch (Throwable missing) {
            LOG.info("the page cache cannot be asked nor told here: {}", missing.toString());
            return Optional.empty();
        }
    }

    @SuppressWarnings("restricted") // the calls are those of the C library, with its own signatures
    private static MethodHandle function(String name, FunctionDescriptor signature) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), signature);
    }

    /** Has the kernel read a file, whole and without anybody waiting for it. A failure is logged and costs time alone. */
    void willNeed(Path file) {
        withDescriptor(file, descriptor -> advise(descriptor, 0, 0, WILL_NEED));
    }

    /** Has the kernel begin to write part of a file to disk. */
    void startWriting(Path file, long from, long bytes) {
        withDescriptor(file, descriptor -> sync(descriptor, from, bytes, WRITE));
    }

    /**
     * Waits until part of a file is on disk.
     *
     * @param drop whether it leaves the page cache then, where nobody has mapped it
     */
    void finishWriting(Path file, long from, long bytes, boolean drop) {
        if (bytes == 0) {
            return; // which would stand for the whole file
        }
        withDescriptor(file, descriptor -> {
            sync(descriptor, from, bytes, WRITE_AND_WAIT);
            if (drop) {
                advise(descriptor, from, bytes, DONT_NEED);
            }
        });
    }

    @FunctionalInterface
    private interface Advice {
        void give(int descriptor) throws Throwable;
    }

    /** A failure is logged: pages stay, or come later, which costs memory or time and nothing else. */
    private void withDescriptor(Path file, Advice advice) {
        try (Arena arena = Arena.ofConfined()) {
            int descriptor = (int) functions.open().invokeExact(arena.allocateFrom(file.toString()), READ_ONLY);
            if (descriptor < 0) {
                throw new IOException("cannot open " + file);
            }
            try {
                advice.give(descriptor);
            } finally {
                int closed = (int) functions.close().invokeExact(descriptor);
                LOG.trace("closed {}: {}", file, closed);
            }
        } catch (Throwable failure) {
            LOG.warn("the page cache could not be told about {}: {}", file, failure.toString());
        }
    }

    private void sync(int descriptor, long from, long bytes, int what) throws Throwable {
        int failed = (int) functions.syncFileRange().invokeExact(descriptor, from, bytes, what);
        LOG.trace("sync_file_range answered {}", failed);
    }

    private void advise(int descriptor, long from, long bytes, int what) throws Throwable {
        int failed = (int) functions.fadvise().invokeExact(descriptor, from, bytes, what);
        LOG.trace("posix_fadvise answered {}", failed);
    }

    /**
     * Bytes of a file of an index, or of one inside a compound file, that are in memory now, whoever read them. Pages at
     * the borders inside a compound file count for the part that is the file's.
     *
     * @throws IOException where the file is not mapped, or the kernel does not say
     */
    public long resident(Directory directory, String file) throws IOException {
        try (IndexInput input = directory.openInput(file, IOContext.READONCE)) {
            if (input.length() == 0) {
                return 0;
            }
            MemorySegment mapped = input instanceof MemorySegmentAccessInput access
                    ? access.segmentSliceOrNull(0, input.length())
                    : null;
            if (mapped == null) {
                throw new IOException("not one mapping: " + file);
            }
            return resident(mapped);
        }
    }

    private long resident(MemorySegment mapped) throws IOException {
        long resident = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pages = arena.allocate(PAGES_AT_ONCE);
            long end = mapped.address() + mapped.byteSize();
            long page = functions.pageBytes();
            long step = PAGES_AT_ONCE * page;
            for (long at = mapped.address() / page * page; at < end; at += step) {
                long length = Math.min(step, end - at);
                if (mincore(at, length, pages) != 0) {
                    throw new IOException("mincore failed");
                }
                for (long i = 0; i * page < length; i++) {
                    if ((pages.get(ValueLayout.JAVA_BYTE, i) & 1) == 1) {
                        long begin = Math.max(mapped.address(), at + i * page);
                        resident += Math.min(end, at + (i + 1) * page) - begin;
                    }
                }
            }
        }
        return resident;
    }

    private int mincore(long address, long length, MemorySegment pages) throws IOException {
        try {
            return (int) functions.mincore().invokeExact(MemorySegment.ofAddress(address), length, pages);
        } catch (Throwable failure) {
            throw new IOException("mincore failed", failure);
        }
    }
}
