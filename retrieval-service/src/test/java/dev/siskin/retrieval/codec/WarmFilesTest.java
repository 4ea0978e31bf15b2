package dev.siskin.retrieval.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Quantization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.store.Directory;
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
    private static final int[] APART = {3, CollectionCodecTest.VECTORS / 2, CollectionCodecTest.VECTORS - 1};

    @TempDir
    Path folder;

    private final PageCache cache = PageCache.ofThisKernel().orElseThrow();
    private Directory directory;
    private DirectoryReader reader;

    /** A segment that nothing of is in memory but what opening it looks at. */
    @BeforeEach
    void openSegmentOnDisk() throws Exception {
        var mapped = new MMapDirectory(folder);
        mapped.setReadAdvice((_, _) -> Optional.of(ReadAdvice.RANDOM));
        directory = mapped;
        CollectionCodecTest.write(directory, CollectionCodec.of(Quantization.INT1));
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

    private void awaitWhole(String extension) throws IOException {
        long until = System.nanoTime() + 10_000_000_000L;
        while (!isWhole(extension) && System.nanoTime() - until < 0) {
            Thread.onSpinWait();
        }
        assertThat(resident(extension)).isEqualTo(directory.fileLength(only(extension)));
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
        search();
        awaitWhole("veq");
        awaitWhole("vex");
        long before = resident("vec");
        rescore();
        assertThat(resident("vec")).isGreaterThan(before);
    }

    @Test
    void rawVectors_readWhileSomeOfThoseAreMissing_go() throws Exception {
        long before = resident("vec");
        rescore();
        assertThat(resident("vec")).isLessThanOrEqualTo(before);
    }
}
