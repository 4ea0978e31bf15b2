package dev.siskin.retrieval.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.siskin.retrieval.codec.PageCache;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.MergeInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX) // the others are asked nothing
class IndexDirectoryTest {
    private static final int BYTES = 3 << 20;
    private static final IOContext MERGE = IOContext.merge(new MergeInfo(1, BYTES, false, -1));

    @TempDir
    Path folder;

    @BeforeEach
    void requireADisk() throws Exception {
        assumeThat(Files.getFileStore(folder).type()).isNotEqualTo("tmpfs"); // which is all memory
    }

    private static void write(Directory directory, String name, IOContext context) throws Exception {
        try (IndexOutput output = directory.createOutput(name, context)) {
            byte[] bytes = new byte[BYTES / 3];
            for (int i = 0; i < 3; i++) {
                bytes[i] = (byte) i;
                output.writeBytes(bytes, bytes.length);
            }
        }
    }

    @Test
    void rawVectors_writtenByAMerge_leaveThePageCache() throws Exception {
        PageCache cache = PageCache.ofThisKernel().orElseThrow();
        try (Directory directory = IndexDirectory.open(folder)) {
            write(directory, "_0.vec", MERGE);
            write(directory, "_0.veq", MERGE);
            write(directory, "_1.vec", IOContext.DEFAULT);
            assertThat(cache.resident(directory, "_0.vec")).isLessThan(BYTES / 2);
            assertThat(cache.resident(directory, "_0.veq")).isGreaterThan(BYTES / 2);
            assertThat(cache.resident(directory, "_1.vec")).isGreaterThan(BYTES / 2);
        }
    }

    @Test
    void rawVectors_readAtRandom_bringOnlyTheirOwnPages() throws Exception {
        PageCache cache = PageCache.ofThisKernel().orElseThrow();
        try (Directory directory = IndexDirectory.open(folder)) {
            write(directory, "_0.vec", MERGE);
            long before = cache.resident(directory, "_0.vec");
            try (IndexInput input = directory.openInput("_0.vec", IOContext.DEFAULT)) {
                input.seek(BYTES / 2);
                assertThat(input.readByte()).isZero();
            }
            assertThat(cache.resident(directory, "_0.vec") - before).isLessThanOrEqualTo(64 << 10);
        }
    }
}
