package dev.siskin.retrieval.codec;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MemorySegmentAccessInput;
import org.apache.lucene.util.IOUtils;

/**
 * Graph and quantized vectors of a segment, as files that are to be in memory whole: every search looks at them, a page
 * after the other, and each that is missing costs it a read of the disk. They are mapped here once more, to ask and to
 * tell the kernel. Thread-safe.
 */
final class WarmFiles implements Closeable {
    private static final List<String> EXTENSIONS = List.of("vex", "veq");

    /** Pages looked at to know whether all are there: a twentieth missing is seen in more than half of the looks. */
    private static final int SAMPLES = 16;

    private final PageCache cache;
    private final List<IndexInput> inputs = new ArrayList<>();
    private final List<MemorySegment> mapped = new ArrayList<>();
    private final AtomicBoolean isAsked = new AtomicBoolean();
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

    /** Has the disk read them the first time this is called; nobody waits for it. */
    void warm() {
        if (isAsked.compareAndSet(false, true)) {
            mapped.forEach(cache::willNeed);
        }
    }

    /** Whether each of some pages, drawn anew by each look, is in memory. */
    boolean seemWhole() throws IOException {
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
