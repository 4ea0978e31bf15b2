package dev.siskin.retrieval.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.siskin.api.Quantization;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentReader;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.ReadAdvice;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX) // the others are asked nothing
class WarmFilesTest {
    /** Raw vectors of 20 pages, two pages apart. */
    private static final int[] APART = IntStream.range(2, 22).map(i -> i * 64).toArray();

    private static final long PAGE_BYTES = 4096;

    @TempDir
    Path folder;

    private final PageCache cache = PageCache.ofThisKernel().orElseThrow();
    private Directory directory;
    private DirectoryReader reader;

    /** A segment that nothing of is in memory but what opening it looks at. */
    @BeforeEach
    void openSegmentOnDisk() throws Exception {
        assumeThat(Files.getFileStore(folder).type()).isNotEqualTo("tmpfs"); // which is all memory
        var mapped = new MMapDirectory(folder);
        mapped.setReadAdvice((_, _) -> Optional.of(ReadAdvice.RANDOM));
        directory = mapped;
        CollectionCodecTest.write(directory, CollectionCodec.of(Quantization.INT1), false);
        for (String name : directory.listAll()) {
            Path file = folder.resolve(name);
            cache.finishWriting(file, 0, Files.size(file), true);
        }
        reader = DirectoryReader.open(directory);
    }

    @AfterEach
    void close() throws Exception {
        reader.close();
        directory.close();
    }

    private long resident(String extension) throws IOException {
        return cache.resident(directory, only(extension));
    }

    private String only(String extension) throws IOException {
        return List.of(directory.listAll()).stream()
                .filter(name -> name.endsWith("." + extension))
                .findFirst()
                .orElseThrow();
    }

    private boolean isWhole(String extension) throws IOException {
        return resident(extension) == directory.fileLength(only(extension));
    }

    private void search() throws IOException {
        var query = new KnnFloatVectorQuery("vector", CollectionCodecTest.vector(new Random(1)), 10);
        assertThat(new IndexSearcher(reader).search(query, 10).scoreDocs).hasSize(10);
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition) throws IOException {
        long until = System.nanoTime() + 10_000_000_000L;
        boolean holds = condition.holds();
        while (!holds && System.nanoTime() - until < 0) {
            Thread.onSpinWait();
            holds = condition.holds();
        }
        assertThat(holds).isTrue();
    }

    private void awaitWhole(String extension) throws IOException {
        await(() -> isWhole(extension));
    }

    /** Brings some raw vectors from disk and reads them. */
    private void rescore() throws IOException {
        FloatVectorValues values = reader.leaves().getFirst().reader().getFloatVectorValues("vector");
        values.prefetch(APART, APART.length);
        for (int ordinal : APART) {
            assertThat(values.vectorValue(ordinal)).hasSize(values.dimension());
        }
    }

    @Test
    void segment_opened_isNotBroughtUntilItIsSearched() throws Exception {
        assertThat(isWhole("veq")).isFalse();
        assertThat(isWhole("vex")).isFalse();
        search();
        awaitWhole("veq");
        awaitWhole("vex");
        assertThat(isWhole("vec")).isFalse();
    }

    @Test
    void rawVectors_readWhileGraphAndQuantizedVectorsAreInMemory_stay() throws Exception {
        await(() -> {
            search(); // looks again
            long before = resident("vec");
            rescore();
            return resident("vec") >= before + (APART.length - 1) * PAGE_BYTES;
        });
    }

    /** But for the last one. */
    @Test
    void rawVectors_readWhileSomeOfThoseAreMissing_go() throws Exception {
        long before = resident("vec");
        await(() -> {
            rescore();
            return resident("vec") <= before + PAGE_BYTES;
        });
    }

    @Test
    void quantizedVectors_thatHaveGone_areBroughtAgain() throws Exception {
        var segment = (SegmentReader) reader.leaves().getFirst().reader();
        String suffix = only("veq").substring("_0_".length(), only("veq").indexOf('.'));
        var state = new SegmentReadState(
                directory, segment.getSegmentInfo().info, segment.getFieldInfos(), IOContext.DEFAULT, suffix);
        try (WarmFiles files = WarmFiles.open(cache, state)) {
            files.keepWarm();
            awaitWhole("veq");
            awaitWhole("vex");
            assertThat(files.isWhole()).isFalse();
            await(() -> {
                files.keepWarm();
                return files.isWhole();
            });
            for (String extension : List.of("veq", "vex")) {
                Path file = folder.resolve(only(extension));
                cache.finishWriting(file, 0, Files.size(file), true);
            }
            await(() -> {
                files.keepWarm();
                return isWhole("veq") && isWhole("vex");
            });
        }
    }

    @Test
    void segment_ofWhichAFileIsDamaged_leavesNothingMapped() throws Exception {
        reader.close();
        Path quantized = folder.resolve(only("veq"));
        try (FileChannel channel = FileChannel.open(quantized, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() - 1);
        }
        assertThatExceptionOfType(CorruptIndexException.class).isThrownBy(() -> DirectoryReader.open(directory));
        assertThat(Files.readAllLines(Path.of("/proc/self/maps"))).noneMatch(line -> line.contains(folder.toString()));
    }
}
