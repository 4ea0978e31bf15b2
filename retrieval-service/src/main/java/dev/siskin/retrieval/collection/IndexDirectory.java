package dev.siskin.retrieval.collection;

import dev.siskin.retrieval.codec.PageCache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.FilterIndexOutput;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.ReadAdvice;
import org.apache.lucene.store.ReadOnceHint;

/**
 * The files of an index: mapped, and read and written so that graph and quantized vectors stay in the page cache and
 * everything else takes from it only what is asked for. {@code docs/internals/0008-what-stays-in-memory.md} has the
 * measurements.
 *
 * <ul>
 *   <li>A search reads at random: raw vectors, stored text, values, and what it finds missing of graph and quantized
 *       vectors. These are mapped with {@code MADV_RANDOM}, without which each fault reads as much as the device reads
 *       ahead, which may be megabytes, and drives that much out. Only {@linkplain #SCANNED postings}, which are read from
 *       front to back, keep the kernel's read-ahead.
 *   <li>What is opened for a merge is read once from front to back: {@code MADV_SEQUENTIAL}, so that the kernel takes
 *       those pages back first.
 *   <li>What a merge writes is brought to disk as it is written, every {@value #WRITTEN_AT_ONCE} bytes. Where memory is
 *       short the kernel would have whoever needs a page wait until those of the merge are written. Raw vectors leave the
 *       page cache then, too.
 * </ul>
 *
 * <p>Compound files hold small segments and are read at random. Thread-safe.
 */
final class IndexDirectory extends FilterDirectory {
    private static final String RAW_VECTORS = ".vec";

    /** Postings and positions. */
    private static final Set<String> SCANNED = Set.of("doc", "pos");

    /** Between two waits for the disk: twice as much of a file that a merge writes is in the page cache and not on disk. */
    private static final long WRITTEN_AT_ONCE = 1L << 20;

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
        if (!isForSearch(context)) {
            return Optional.of(ReadAdvice.SEQUENTIAL);
        }
        return is(SCANNED, file) ? Optional.empty() : Optional.of(ReadAdvice.RANDOM);
    }

    private static boolean isForSearch(IOContext context) {
        return context.context() == IOContext.Context.DEFAULT
                && !context.hints().contains(ReadOnceHint.INSTANCE);
    }

    private static boolean is(Set<String> extensions, String file) {
        String extension = IndexFileNames.getExtension(file);
        return extension != null && extensions.contains(extension);
    }

    @Override
    public IndexOutput createOutput(String name, IOContext context) throws IOException {
        return writtenBehind(in.createOutput(name, context), context);
    }

    @Override
    public IndexOutput createTempOutput(String prefix, String suffix, IOContext context) throws IOException {
        return writtenBehind(in.createTempOutput(prefix, suffix, context), context);
    }

    private IndexOutput writtenBehind(IndexOutput output, IOContext context) {
        Optional<PageCache> cache =
                context.context() == IOContext.Context.MERGE ? PageCache.ofThisKernel() : Optional.empty();
        return cache.isEmpty() ? output : new WrittenBehind(output, cache.get(), folder.resolve(output.getName()));
    }

    /** An output whose bytes are brought to disk while it is written. For one thread. */
    private static final class WrittenBehind extends FilterIndexOutput {
        private final PageCache cache;
        private final Path file;
        private final boolean dropped;
        private long written;

        /** From here to the next the disk is writing. */
        private long awaited;

        /** Up to here the disk has been asked to write. */
        private long begun;

        WrittenBehind(IndexOutput output, PageCache cache, Path file) {
            super("written behind: " + output, output.getName(), output);
            this.cache = cache;
            this.file = file;
            this.dropped = output.getName().endsWith(RAW_VECTORS);
        }

        @Override
        public void writeByte(byte value) throws IOException {
            out.writeByte(value);
            wrote(Byte.BYTES);
        }

        @Override
        public void writeBytes(byte[] bytes, int offset, int length) throws IOException {
            out.writeBytes(bytes, offset, length);
            wrote(length);
        }

        @Override
        public void writeShort(short value) throws IOException {
            out.writeShort(value);
            wrote(Short.BYTES);
        }

        @Override
        public void writeInt(int value) throws IOException {
            out.writeInt(value);
            wrote(Integer.BYTES);
        }

        @Override
        public void writeLong(long value) throws IOException {
            out.writeLong(value);
            wrote(Long.BYTES);
        }

        private void wrote(int bytes) {
            written += bytes;
            if (written - begun >= WRITTEN_AT_ONCE) {
                cache.startWriting(file, begun, written - begun);
                cache.finishWriting(file, awaited, begun - awaited, dropped);
                awaited = begun;
                begun = written;
            }
        }

        @Override
        public void close() throws IOException {
            super.close();
            cache.finishWriting(file, awaited, written - awaited, dropped);
        }
    }
}
