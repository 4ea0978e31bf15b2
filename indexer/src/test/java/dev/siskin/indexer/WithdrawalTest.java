package dev.siskin.indexer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.CollectionSpec;
import dev.siskin.embedding.Embedding;
import dev.siskin.http.ServiceClient;
import dev.siskin.indexer.progress.Failure;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.RunReport;
import dev.siskin.indexer.progress.StopSignal;
import dev.siskin.indexer.reading.ReadLimits;
import dev.siskin.indexer.sending.CollectionClient;
import dev.siskin.indexer.source.FileSelection;
import dev.siskin.indexer.source.Sources;
import dev.siskin.indexer.source.Spool;
import dev.siskin.indexer.source.TimeAllowance;
import dev.siskin.indexer.source.Unpacking;
import dev.siskin.indexer.splitting.SplitSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the parts of a large document whose file something happens to while it is read. */
class WithdrawalTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final String PARAGRAPH = "ab ".repeat(30) + "end.\n\n";

    @TempDir
    Path folder;

    private final CollectionServer server = CollectionServer.start("e1", 2);
    private final ServiceClient service = ServiceClient.to(server.address());
    private final CollectionClient collection = new CollectionClient(service, "docs");
    private final Spool spool = new Spool(1 << 20);
    private final AtomicInteger mostParts = new AtomicInteger();

    @BeforeEach
    void create() {
        collection.create(CollectionSpec.DEFAULT_EMBEDDING_MODEL);
    }

    @AfterEach
    void close() {
        service.close();
        server.close();
        spool.close();
    }

    /** Something done to the file before each of its parts is taken. */
    @FunctionalInterface
    private interface Meanwhile {
        void to(Path file) throws IOException;
    }

    private RunReport run(int paragraphs, Meanwhile meanwhile) throws Exception {
        Path file = Files.writeString(folder.resolve("large.txt"), PARAGRAPH.repeat(paragraphs));
        server.beforeUpsert(() -> {
            mostParts.accumulateAndGet(server.partsComing(), Math::max);
            try {
                meanwhile.to(file);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });
        var allowance = new TimeAllowance(LONG);
        var setup = new IndexingRun.Setup(
                _ -> new Embedding(new float[] {1, 0}, 1, false),
                text -> IntStream.range(0, text.length())
                        .filter(at -> at == 0 || text.charAt(at - 1) == ' ')
                        .toArray(),
                "e1",
                1,
                new SplitSettings(32, 0),
                new ReadLimits(1 << 30, 1 << 30, LONG, allowance, 64 << 20),
                Map.of(),
                spool,
                Duration.ofSeconds(10),
                false,
                false);
        Sources sources = Sources.of(
                List.of(folder),
                Optional.of("docs"),
                FileSelection.ALL,
                new Unpacking(spool, 1 << 20, allowance, Optional.empty()));
        var stop = new StopSignal();
        return new IndexingRun(setup, collection, new RunProgress(stop), stop, EarlierRuns.none()).run(sources);
    }

    @Test
    void file_thatIsOnlyTouched_isStored() throws Exception {
        var seconds = new AtomicInteger();
        RunReport report = run(
                8_000,
                file -> Files.setLastModifiedTime(
                        file, FileTime.from(Instant.ofEpochSecond(1_700_000_000L + seconds.incrementAndGet()))));

        assertThat(report.failures()).isEmpty();
        assertThat(report.added()).isEqualTo(1);
        assertThat(mostParts.get()).isPositive();
    }

    @Test
    void file_thatIsWrittenTo_hasItsPartsWithdrawn() throws Exception {
        RunReport report = run(
                8_000,
                file -> Files.writeString(file, PARAGRAPH.replace('a', 'x').repeat(8_000)));

        assertThat(report.failures()).extracting(Failure::reason).containsExactly("changed while it was read");
        assertThat(mostParts.get()).isPositive();
        assertThat(server.partsComing()).isZero();
    }

    /** It is read in one go, so that this shows at the end only. */
    @Test
    void file_thatIsGoneWhenItHasBeenRead_hasItsPartsWithdrawn() throws Exception {
        RunReport report = run(2_500, Files::deleteIfExists);

        assertThat(report.failures()).extracting(Failure::reason).containsExactly("is gone since the run began");
        assertThat(mostParts.get()).isPositive();
        assertThat(server.partsComing()).isZero();
    }
}
