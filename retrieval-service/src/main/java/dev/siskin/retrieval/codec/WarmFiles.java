package dev.siskin.retrieval.codec;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MemorySegmentAccessInput;
import org.apache.lucene.util.IOUtils;

/**
 * Graph and quantized vectors of a segment, as files that are to be in memory whole: every search looks at them, a page
 * after the other, and each that is missing costs it a read of the disk. Searches look at a few pages now and then, and
 * where one is missing the disk reads all that is missing at once, in the background. That takes it a fraction of what
 * searches would need page by page. Thread-safe.
 */
final class WarmFiles implements Closeable {
    private static final List<String> EXTENSIONS = List.of("vex", "veq");

    /** Pages of a look: a twentieth missing is seen in more than half of the looks. */
    private static final int SAMPLES = 16;

    private static final long BETWEEN_LOOKS_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Between two readings at most: each after which something is missing again doubles the time to the next. */
    private static final long MOST_BETWEEN_READINGS_NANOS = TimeUnit.SECONDS.toNanos(64);

    private final PageCache cache;
    private final List<IndexInput> inputs = new ArrayList<>();
    private final List<MemorySegment> mapped = new ArrayList<>();
    private final AtomicLong nextLook = new AtomicLong(System.nanoTime());
    private volatile long nextReading = System.nanoTime();
    private volatile long betweenReadings = BETWEEN_LOOKS_NANOS;
    private volatile boolean isWhole;
    private long bytes;

    private WarmFiles(PageCache cache) {
        this.cache = cache;
    }

    static WarmFiles open(PageCache cache, SegmentReadState state) throws IOException {
        var files = new WarmFiles(cache);
        try {
            for (String extension : EXTENSIONS) {
                files.add(state.directory.openInput(
                        IndexFileNames.segmentFileName(state.segmentInfo.name, state.segmentSuffix, extension),
                        state.context));
            }
            return files;
        } catch (Throwable failure) {
            IOUtils.closeWhileSuppressingExceptions(failure, files);
            throw failure;
        }
    }

    /** One in several mappings is left to the kernel. */
    private void add(IndexInput input) throws IOException {
        inputs.add(input);
        MemorySegment whole = input.length() > 0 && input instanceof MemorySegmentAccessInput access
                ? access.segmentSliceOrNull(0, input.length())
                : null;
        if (whole != null) {
            mapped.add(whole);
            bytes += whole.byteSize();
        }
    }

    PageCache cache() {
        return cache;
    }

    /** To be called by each search: looks and has the disk read where it is time to. */
    void keepWarm() throws IOException {
        long now = System.nanoTime();
        long due = nextLook.get();
        if (now - due >= 0 && nextLook.compareAndSet(due, now + BETWEEN_LOOKS_NANOS)) {
            look(now);
        }
    }

    private void look(long now) throws IOException {
        isWhole = seemWhole();
        if (now - nextReading < 0) {
            return;
        }
        if (isWhole) {
            betweenReadings = BETWEEN_LOOKS_NANOS;
        } else {
            nextReading = now + betweenReadings;
            betweenReadings = Math.min(2 * betweenReadings, MOST_BETWEEN_READINGS_NANOS);
            ForkJoinPool.commonPool().execute(() -> mapped.forEach(cache::willNeed));
        }
    }

    /** Whether no page was missing in the last look; false before the first. */
    boolean isWhole() {
        return isWhole;
    }

    private boolean seemWhole() throws IOException {
        for (int sample = 0; bytes > 0 && sample < SAMPLES; sample++) {
            if (!isResident(ThreadLocalRandom.current().nextLong(bytes))) {
                return false;
            }
        }
        return true;
    }

    private boolean isResident(long offset) throws IOException {
        long left = offset;
        for (MemorySegment file : mapped) {
            if (left < file.byteSize()) {
                return cache.isResident(file, left);
            }
            left -= file.byteSize();
        }
        throw new IndexOutOfBoundsException(offset);
    }

    @Override
    public void close() throws IOException {
        IOUtils.close(inputs);
    }
}
