package dev.siskin.indexer.source;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.compress.MemoryLimitException;
import org.apache.commons.compress.PasswordRequiredException;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.sevenz.SevenZArchiveEntry;
import org.apache.commons.compress.archivers.sevenz.SevenZFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.compressors.CompressorException;
import org.apache.commons.compress.compressors.CompressorStreamFactory;
import org.jspecify.annotations.Nullable;

/**
 * The entries of an archive: zip, tar, 7z, and anything compressed with gzip, bzip2 or
 * xz. What an archive unpacks to is bounded by its size, and how long that takes, so that a bomb is given up.
 */
final class Archives {
    /** Most bytes that come out for each that went in: text compresses to a tenth, logs to a hundredth. */
    private static final long MAX_RATIO = 250;

    /** As much may come out in any case. */
    private static final long FREE_BYTES = 64L * 1024 * 1024;

    private static final int DICTIONARY_KIB = 64 * 1024;
    private static final int BUFFER_BYTES = 64 * 1024;

    private static final List<String> TARS = List.of(".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz");
    private static final List<String> COMPRESSED = List.of(".gz", ".bz2", ".xz");

    private Archives() {}

    /** An archive unpacks to more, or takes longer, than it may: nothing further of it is read. */
    static final class OverLimitException extends IOException {
        private static final long serialVersionUID = 1L;

        OverLimitException(String message) {
            super(message);
        }
    }

    /** Carries what the visitor itself throws past what takes the library's exceptions for damage. */
    private static final class OfVisitorException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final RuntimeException thrown;

        OfVisitorException(RuntimeException thrown) {
            super(null, thrown, false, false);
            this.thrown = thrown;
        }
    }

    /** Takes an archive's entries as they come. */
    interface Visitor {
        /**
         * A file in the archive; false ends the walk.
         *
         * @param name as the archive has it
         * @param content to be read before the call returns, or not at all
         */
        boolean entry(String name, InputStream content) throws IOException, InterruptedException;

        /** An entry that cannot be read; the walk goes on. */
        void unreadable(String name, String reason, String remedy);

        /** Whether it ever reads the content of an entry. */
        boolean readsContent();
    }

    /** Whether a file of this name is looked into. */
    static boolean isArchive(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".zip")
                || lower.endsWith(".7z")
                || hasEnd(lower, TARS).isPresent()
                || hasEnd(lower, COMPRESSED).isPresent();
    }

    /** Whether the entries can only be told by unpacking all of it. */
    static boolean isCompressedAsAWhole(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return !lower.endsWith(".tar") && hasEnd(lower, TARS).isPresent();
    }

    private static Optional<String> hasEnd(String name, List<String> ends) {
        return ends.stream()
                .filter(end -> name.endsWith(end) && name.length() > end.length())
                .findFirst();
    }

    /**
     * Shows every entry; false where the visitor ended the walk.
     *
     * @param clock that runs while something is read
     * @throws FileSystemException if the file cannot be opened or read
     * @throws IOException if it is no such archive, damaged, or a bomb; its message says which
     */
    static boolean walk(Path archive, String name, UnpackingClock clock, Visitor visitor)
            throws IOException, InterruptedException {
        try (ArchiveChannel file = ArchiveChannel.open(archive)) {
            try {
                return walk(file, name, clock, visitor);
            } catch (IOException damaged) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                if (file.failure().isPresent()) {
                    throw new FileSystemException(
                            archive.toString(), null, file.failure().get().getMessage());
                }
                throw damaged;
            }
        }
    }

    private static boolean walk(ArchiveChannel archive, String name, UnpackingClock clock, Visitor visitor)
            throws IOException, InterruptedException {
        String lower = name.toLowerCase(Locale.ROOT);
        long most = Math.max(FREE_BYTES, archive.size() * MAX_RATIO);
        try {
            if (lower.endsWith(".zip")) {
                return walkZip(archive, most, clock, visitor);
            }
            if (lower.endsWith(".7z")) {
                return walkSevenZip(archive, most, clock, visitor);
            }
            try (InputStream in = new BufferedInputStream(Channels.newInputStream(archive), BUFFER_BYTES)) {
                boolean isTar = hasEnd(lower, TARS).isPresent();
                boolean isPlain = lower.endsWith(".tar");
                var content = new Bounded(isPlain ? in : decompressed(in), new Budget(most, clock));
                if (isTar) {
                    return walkTar(new TarArchiveInputStream(content), visitor);
                }
                String end = hasEnd(lower, COMPRESSED).orElseThrow();
                return show(visitor, name.substring(0, name.length() - end.length()), content);
            }
        } catch (PasswordRequiredException protectedByPassword) {
            throw new IOException("is protected by a password", protectedByPassword);
        } catch (MemoryLimitException dictionary) {
            throw new IOException("needs more memory to unpack than is allowed", dictionary);
        } catch (OutOfMemoryError | StackOverflowError hostile) {
            // Names and directories of any length are read into memory; what they took is free again.
            throw new IOException("needs more memory to unpack than there is", hostile);
        } catch (OfVisitorException failure) {
            throw failure.thrown;
        } catch (RuntimeException malformed) {
            throw damaged(malformed);
        }
    }

    /** Some of the library's readers throw what comes of damaged numbers. */
    private static IOException damaged(RuntimeException malformed) {
        return new IOException("is damaged: " + malformed.getMessage(), malformed);
    }

    private static boolean show(Visitor visitor, String name, Content content)
            throws IOException, InterruptedException {
        try {
            return visitor.entry(name, content);
        } catch (RuntimeException own) {
            throw new OfVisitorException(own);
        }
    }

    private static InputStream decompressed(InputStream in) throws IOException {
        try {
            return new CompressorStreamFactory(true, DICTIONARY_KIB).createCompressorInputStream(in);
        } catch (CompressorException unknown) {
            if (unknown.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException("is not compressed as its name says", unknown);
        }
    }

    /** By its directory, so that nothing is unpacked but what is taken. */
    private static boolean walkZip(ArchiveChannel archive, long most, UnpackingClock clock, Visitor visitor)
            throws IOException, InterruptedException {
        try (ZipFile zip = openZip(archive)) {
            var budget = new Budget(most, clock);
            for (ZipArchiveEntry entry : Collections.list(zip.getEntriesInPhysicalOrder())) {
                boolean isFile = !entry.isDirectory() && !entry.isUnixSymlink();
                if (isFile && !showZipEntry(zip, entry, archive, budget, visitor)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** What is wrong with an entry costs no other: the directory says where the next one begins. */
    private static boolean showZipEntry(
            ZipFile zip, ZipArchiveEntry entry, ArchiveChannel archive, Budget budget, Visitor visitor)
            throws IOException, InterruptedException {
        if (entry.getGeneralPurposeBit().usesEncryption()) {
            visitor.unreadable(entry.getName(), "is protected by a password", "unpack the archive beforehand");
            return true;
        }
        if (!zip.canReadEntryData(entry)) {
            visitor.unreadable(
                    entry.getName(), "is compressed in a way that cannot be read", "unpack the archive beforehand");
            return true;
        }
        try (var content = new Bounded(zip.getInputStream(entry), budget)) {
            return show(visitor, entry.getName(), content);
        } catch (OfVisitorException | OverLimitException | InterruptedIOException ofTheWalk) {
            throw ofTheWalk;
        } catch (IOException | RuntimeException wrong) {
            if (archive.failure().isPresent() || Thread.currentThread().isInterrupted()) {
                throw wrong;
            }
            String reason = Optional.ofNullable(wrong.getMessage()).orElse("it is damaged");
            visitor.unreadable(
                    entry.getName(), "cannot be unpacked: " + reason, "unpack it by hand, or correct the archive");
            return true;
        }
    }

    private static ZipFile openZip(ArchiveChannel archive) throws IOException {
        try {
            return ZipFile.builder().setSeekableByteChannel(archive).get();
        } catch (IOException damaged) {
            // The outer message only names the channel's class.
            throw damaged.getCause() instanceof IOException cause ? cause : damaged;
        }
    }

    private static boolean walkTar(ArchiveInputStream<TarArchiveEntry> tar, Visitor visitor)
            throws IOException, InterruptedException {
        var content = new Content(tar);
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            if (isFile(entry) && !show(visitor, entry.getName(), content)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isFile(ArchiveEntry entry) {
        return entry instanceof TarArchiveEntry tar && tar.isFile() && !tar.isSymbolicLink() && !tar.isLink();
    }

    private static boolean walkSevenZip(ArchiveChannel archive, long most, UnpackingClock clock, Visitor visitor)
            throws IOException, InterruptedException {
        try (SevenZFile file = SevenZFile.builder()
                .setSeekableByteChannel(archive)
                .setMaxMemoryLimitKiB(DICTIONARY_KIB)
                .get()) {
            var content = new Bounded(new SevenZipContent(file), new Budget(most, clock));
            for (SevenZArchiveEntry entry = file.getNextEntry(); entry != null; entry = file.getNextEntry()) {
                @Nullable String name = entry.getName();
                if (!entry.isDirectory() && entry.hasStream() && name != null && !show(visitor, name, content)) {
                    return false;
                }
                if (visitor.readsContent()) {
                    // Entries may be compressed as one stream: the library would skip what is left of this one without
                    // a bound once the next is read.
                    content.transferTo(OutputStream.nullOutputStream());
                }
            }
            return true;
        }
    }

    /** The entry that the archive is at. */
    private static final class SevenZipContent extends InputStream {
        private final SevenZFile file;

        SevenZipContent(SevenZFile file) {
            this.file = file;
        }

        @Override
        public int read() throws IOException {
            return file.read();
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            return file.read(buffer, offset, length);
        }
    }

    /** What comes out of the library, where what it throws is damage, for the visitor too. */
    private static class Content extends InputStream {
        private final InputStream in;

        Content(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            try {
                return in.read();
            } catch (RuntimeException malformed) {
                throw damaged(malformed);
            }
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                return in.read(buffer, offset, length);
            } catch (RuntimeException malformed) {
                throw damaged(malformed);
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    /** What may come out of an archive, all entries together, and how long that may take. */
    private static final class Budget {
        private final UnpackingClock clock;
        private long left;

        Budget(long most, UnpackingClock clock) {
            this.left = most;
            this.clock = clock;
        }

        private void count(long began, int read) throws IOException {
            left -= Math.max(0, read);
            if (left < 0) {
                throw new OverLimitException("unpacks to more than " + MAX_RATIO + " times its size");
            }
            clock.count(began);
            if (Thread.currentThread().isInterrupted()) {
                // What is skipped between two entries may take long.
                throw new InterruptedIOException();
            }
        }
    }

    /** Content that is counted. */
    private static final class Bounded extends Content {
        private final Budget budget;

        Bounded(InputStream in, Budget budget) {
            super(in);
            this.budget = budget;
        }

        @Override
        public int read() throws IOException {
            long began = System.nanoTime();
            int value = super.read();
            budget.count(began, value < 0 ? 0 : 1);
            return value;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            long began = System.nanoTime();
            int read = super.read(buffer, offset, length);
            budget.count(began, read);
            return read;
        }
    }
}
