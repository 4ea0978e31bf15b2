package dev.siskin.retrieval.collection;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.FilterIndexOutput;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.ReadAdvice;

/**
 * The files of an index: mapped, and read and written so that graph and quantized vectors stay in the page cache and raw
 * vectors take from it only what is asked for. {@code docs/internals/0008-what-stays-in-memory.md} has the measurements.
 *
 * <ul>
 *   <li>Raw vectors ({@value #RAW_VECTORS}) are read by a search at random, some 100 of 1.5 KiB each: they are mapped with
 *       {@code MADV_RANDOM}, without which each fault reads as much as the device reads ahead. Everything else keeps the
 *       kernel's read-ahead, with which graph and quantized vectors are there after few faults.
 *   <li>What is opened for a merge is read once from front to back: {@code MADV_SEQUENTIAL}, so that the kernel takes
 *       those pages back first.
 *   <li>Raw vectors that a merge writes are taken out of the page cache again, every {@value #DROPPED_AT_ONCE} bytes.
 * </ul>
 *
 * <p>Compound files hold small segments and are read with the advice of everything else. Thread-safe.
 */
final class IndexDirectory extends FilterDirectory {
    private static final String RAW_VECTORS = ".vec";

    /** Between two waits for the disk: the most of a merge's raw vectors that the page cache holds. */
    private static final long DROPPED_AT_ONCE = 16L << 20;

    private final Path folder;

    private IndexDirectory(MMapDirectory mapped) {
        super(mapped);
        this.folder = mapped.getDirectory();
    }

    /** Opens the folder of an index, creating it where it is missing. */
    static Directory open(Path folder) {
        try {
            var mapped = new MMapDirectory(folder);
            mapped.setReadAdvice(IndexDirectory::advice);
            return new IndexDirectory(mapped);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Optional<ReadAdvice> advice(String file, IOContext context) {
        return switch (context.context()) {
            case MERGE, FLUSH -> Optional.of(ReadAdvice.SEQUENTIAL);
            case DEFAULT -> file.endsWith(RAW_VECTORS) ? Optional.of(ReadAdvice.RANDOM) : Optional.empty();
        };
    }

    @Override
    public IndexOutput createOutput(String name, IOContext context) throws IOException {
        IndexOutput output = in.createOutput(name, context);
        boolean ofMerge = context.context() == IOContext.Context.MERGE && name.endsWith(RAW_VECTORS);
        Optional<PageCache> cache = ofMerge ? PageCache.ofThisKernel() : Optional.empty();
        return cache.isEmpty() ? output : new DroppedBehind(output, cache.get(), folder.resolve(name));
    }

    /** An output whose pages leave the page cache once they are on disk. For one thread. */
    private static final class DroppedBehind extends FilterIndexOutput {
        private final PageCache cache;
        private final Path file;
        private long dropped;

        DroppedBehind(IndexOutput output, PageCache cache, Path file) {
            super("dropped behind: " + output, output.getName(), output);
            this.cache = cache;
            this.file = file;
        }

        @Override
        public void writeBytes(byte[] bytes, int offset, int length) throws IOException {
            super.writeBytes(bytes, offset, length);
            if (getFilePointer() - dropped >= DROPPED_AT_ONCE) {
                cache.drop(file, dropped, DROPPED_AT_ONCE);
                dropped += DROPPED_AT_ONCE;
            }
        }

        @Override
        public void close() throws IOException {
            long length = getFilePointer();
            super.close();
            cache.drop(file, dropped, length - dropped);
        }
    }
}
