package dev.siskin.retrieval.codec;

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
 * What the kernel's page cache holds of files, and how it is told what to read and to let go of. Calls the C library; where it lacks
 * a function, as other systems than Linux do, nothing is told and nothing known. Thread-safe.
 *
 * <p>Source: Linux man pages {@code mincore(2)}, {@code sync_file_range(2)}, {@code posix_fadvise(2)},
 * {@code madvise(2)}.
 */
public final class PageCache {
    private static final Logger LOG = LoggerFactory.getLogger(PageCache.class);
    private static final int READ_ONLY = 0;
    private static final int WRITE = 2;
    private static final int WRITE_AND_WAIT = 1 | WRITE | 4;
    private static final int WILL_NEED = 3; // to posix_fadvise and to madvise
    private static final int DONT_NEED = 4;
    private static final int COLD = 20; // since Linux 5.4
    private static final int PAGE_OUT = 21; // since Linux 5.4

    /** The kernel reads no more than the device's read-ahead for one advice, 128 KiB usually. */
    private static final long READ_AT_ONCE = 128 << 10;

    /** Pages asked about at once: 256 KiB of answers for 1 GiB of mapping. */
    private static final long PAGES_AT_ONCE = 256 * 1024;

    /** Of the records asked for together, looked at before all of them are asked of the disk. */
    private static final int SAMPLES = 8;

    private final Functions functions;

    private record Functions(
            long pageBytes,
            MethodHandle open,
            MethodHandle close,
            MethodHandle syncFileRange,
            MethodHandle fadvise,
            MethodHandle mincore,
            MethodHandle madvise) {}

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
                    function("mincore", FunctionDescriptor.of(integer, pointer, wide, pointer)),
                    function("madvise", FunctionDescriptor.of(integer, pointer, wide, integer)))));
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

    /** Has the kernel begin to write part of a file to disk. */
    public void startWriting(Path file, long from, long bytes) {
        withDescriptor(file, descriptor -> sync(descriptor, from, bytes, WRITE));
    }

    /**
     * Waits until part of a file is on disk.
     *
     * @param drop whether it leaves the page cache then, where nobody has mapped it
     */
    public void finishWriting(Path file, long from, long bytes, boolean drop) {
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
     * Has the disk read records of a mapped file side by side, without waiting for them. Where each of {@value #SAMPLES}
     * records is in memory nothing is asked for: what is there already would cost a call each.
     *
     * @param mapped the records, one after the other
     * @param records their numbers, ascending
     * @param count how many of those numbers
     * @param bytes of a record
     * @return whether the disk was asked
     */
    boolean prefetch(MemorySegment mapped, int[] records, int count, int bytes) throws IOException {
        if (count == 0 || !isAnyMissing(mapped, records, count, bytes)) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            advise(mapped, records[i], records[i], bytes, WILL_NEED);
        }
        return true;
    }

    /**
     * Has the kernel take back the pages of a record before those that are read more often, where it needs some.
     *
     * @param next the record that is read after it, whose pages stay as they are
     */
    void cool(MemorySegment mapped, int record, int next, int bytes) {
        advise(mapped, record, next, bytes, COLD);
    }

    /**
     * Has the kernel take back the pages of a record now. Where the process may not write to the file it does nothing.
     *
     * @param next the record that is read after it, whose pages stay as they are
     */
    void takeOut(MemorySegment mapped, int record, int next, int bytes) {
        advise(mapped, record, next, bytes, PAGE_OUT);
    }

    private void advise(MemorySegment mapped, int record, int next, int bytes, int what) {
        long begin = pageOf(mapped.address() + (long) record * bytes);
        long end = mapped.address() + (record + 1L) * bytes;
        if (next > record) {
            end = Math.min(end, pageOf(mapped.address() + (long) next * bytes));
        }
        if (end > begin) {
            advise(begin, end - begin, what);
        }
    }

    /** Has the kernel read what is mapped here, whole. Ends early where the mapping is closed. */
    void willNeed(MemorySegment mapped) {
        long end = mapped.address() + mapped.byteSize();
        for (long at = pageOf(mapped.address()); at < end && mapped.scope().isAlive(); at += READ_AT_ONCE) {
            advise(at, Math.min(READ_AT_ONCE, end - at), WILL_NEED);
        }
    }

    /** Whether the page that holds this byte is in memory; true where the kernel does not say. */
    boolean isResident(MemorySegment mapped, long offset) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(1);
            return mincore(pageOf(mapped.address() + offset), 1, page) != 0
                    || (page.get(ValueLayout.JAVA_BYTE, 0) & 1) == 1;
        }
    }

    private boolean isAnyMissing(MemorySegment mapped, int[] records, int count, int bytes) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pages = arena.allocate(2 + bytes / functions.pageBytes());
            for (int sample = 0; sample < SAMPLES; sample++) {
                int record = records[(int) ((long) sample * count / SAMPLES)];
                long begin = pageOf(mapped.address() + (long) record * bytes);
                long length = mapped.address() + (record + 1L) * bytes - begin;
                if (mincore(begin, length, pages) != 0) {
                    return false;
                }
                for (long page = 0; page * functions.pageBytes() < length; page++) {
                    if ((pages.get(ValueLayout.JAVA_BYTE, page) & 1) == 0) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    private long pageOf(long address) {
        return address / functions.pageBytes() * functions.pageBytes();
    }

    /** Of mapped pages; an advice that the kernel does not know changes nothing. */
    private void advise(long address, long length, int what) {
        try {
            int failed = (int) functions.madvise().invokeExact(MemorySegment.ofAddress(address), length, what);
            LOG.trace("madvise answered {}", failed);
        } catch (Throwable impossible) {
            throw new AssertionError("a call of the C library does not throw", impossible);
        }
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
            for (long at = pageOf(mapped.address()); at < end; at += step) {
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
