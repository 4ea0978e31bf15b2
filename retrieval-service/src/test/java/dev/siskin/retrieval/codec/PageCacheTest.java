package dev.siskin.retrieval.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.ReadAdvice;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX) // the others are asked nothing
class PageCacheTest {
    private static final int RECORD_BYTES = 1536;
    private static final int RECORDS = 4096;
    private static final int PAGE_BYTES = 4096;

    @TempDir
    Path folder;

    @BeforeEach
    void requireADisk() throws Exception {
        assumeThat(Files.getFileStore(folder).type()).isNotEqualTo("tmpfs"); // which is all memory
    }

    private final PageCache cache = PageCache.ofThisKernel().orElseThrow();

    /** Records that nothing of is in memory, and that are read at random. */
    private Directory recordsOnDisk() throws Exception {
        Path file = folder.resolve("records");
        Files.write(file, new byte[RECORDS * RECORD_BYTES]);
        cache.finishWriting(file, 0, RECORDS * RECORD_BYTES, true);
        var directory = new MMapDirectory(folder);
        directory.setReadAdvice((_, _) -> java.util.Optional.of(ReadAdvice.RANDOM));
        assertThat(cache.resident(directory, "records")).isZero();
        return directory;
    }

    private void prefetch(int... records) throws Exception {
        try (FileChannel file = FileChannel.open(folder.resolve("records"));
                Arena arena = Arena.ofConfined()) {
            MemorySegment mapped = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), arena);
            cache.prefetch(mapped, records, records.length, RECORD_BYTES);
        }
    }

    private void awaitResident(Directory directory, long bytes) throws Exception {
        long until = System.nanoTime() + 10_000_000_000L;
        while (cache.resident(directory, "records") < bytes && System.nanoTime() - until < 0) {
            Thread.onSpinWait();
        }
        assertThat(cache.resident(directory, "records")).isEqualTo(bytes);
    }

    /** Where a part of them is there already, and some lie over two pages. */
    @Test
    void prefetch_ofRecordsOnDisk_bringsAllTheirPages() throws Exception {
        try (Directory directory = recordsOnDisk()) {
            prefetch(0, 1000, 4095);
            awaitResident(directory, 3 * PAGE_BYTES);
            prefetch(0, 2, 1000, 2000, 4095);
            awaitResident(directory, 5 * PAGE_BYTES);
        }
    }

    @Test
    void finishWriting_ofAFileThatIsGone_isNoFailure() {
        Path gone = folder.resolve("gone");
        cache.finishWriting(gone, 0, 1, true);
        assertThat(gone).doesNotExist();
    }
}
