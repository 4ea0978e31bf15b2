package dev.siskin.indexer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.CollectionSpec;
import dev.siskin.embedding.Embedding;
import dev.siskin.http.Problem;
import dev.siskin.http.ServiceClient;
import dev.siskin.indexer.progress.Failure;
import dev.siskin.indexer.progress.Retry;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.RunReport;
import dev.siskin.indexer.progress.StopSignal;
import dev.siskin.indexer.reading.ReadLimits;
import dev.siskin.indexer.sending.CollectionClient;
import dev.siskin.indexer.source.FileSelection;
import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.Sources;
import dev.siskin.indexer.source.Spool;
import dev.siskin.indexer.source.TimeAllowance;
import dev.siskin.indexer.source.Unpacking;
import dev.siskin.indexer.splitting.SplitSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of one process over the same files; whether a file is read again shows in a limit that is raised between them. */
class LastingFailuresTest {
    private static final int TIGHT = 20;
    private static final int WIDE = 1000;

    @TempDir
    Path folder;

    private final CollectionServer server = CollectionServer.start("e1", 2);
    private final ServiceClient service = ServiceClient.to(server.address());
    private final CollectionClient collection = new CollectionClient(service, "docs");
    private final Spool spool = new Spool(1 << 20);
    private final EarlierRuns earlier = EarlierRuns.none();

    @BeforeEach
    void makeDocument() throws Exception {
        collection.create(CollectionSpec.DEFAULT_EMBEDDING_MODEL);
        Files.writeString(folder.resolve("long.txt"), "More than twenty characters of text.");
    }

    @AfterEach
    void close() {
        service.close();
        server.close();
        spool.close();
    }

    private RunReport run(int maxChars, EarlierRuns known) throws Exception {
        Sources sources = Sources.of(
                List.of(folder),
                Optional.of("docs"),
                FileSelection.of(List.of(), List.of()),
                new Unpacking(spool, 1 << 20, new TimeAllowance(Duration.ofMinutes(5)), Optional.empty()));
        var setup = new IndexingRun.Setup(
                _ -> new Embedding(new float[] {1, 0}, 1, false),
                text -> IntStream.range(0, text.length())
                        .filter(at -> at == 0 || text.charAt(at - 1) == ' ')
                        .toArray(),
                "e1",
                1,
                new SplitSettings(300, 30),
                new ReadLimits(
                        1 << 20, maxChars, Duration.ofMinutes(1), new TimeAllowance(Duration.ofMinutes(5)), 64 << 20),
                Map.of(),
                spool,
                Duration.ofSeconds(10),
                false,
                false);
        var stop = new StopSignal();
        return new IndexingRun(setup, collection, new RunProgress(stop), stop, known).run(sources);
    }

    @Test
    void document_isNotReadAgain_untilItChanges() throws Exception {
        RunReport first = run(TIGHT, earlier);
        assertThat(first.failures()).singleElement().satisfies(failure -> {
            assertThat(failure.reason()).contains("longer than 20 characters");
            assertThat(failure.retry()).isEqualTo(Retry.NEVER);
        });

        assertThat(run(WIDE, earlier).failures()).isEqualTo(first.failures());

        Files.writeString(folder.resolve("long.txt"), "Other text that is longer than that.");
        assertThat(run(WIDE, earlier).added()).isEqualTo(1);
    }

    @Test
    void anotherProcess_readsItAgain() throws Exception {
        assertThat(run(TIGHT, earlier).failed()).isEqualTo(1);

        assertThat(run(WIDE, EarlierRuns.none()).added()).isEqualTo(1);
    }

    @Test
    void document_thatIsGone_isForgotten() throws Exception {
        String text = Files.readString(folder.resolve("long.txt"));
        assertThat(run(TIGHT, earlier).failed()).isEqualTo(1);
        Files.delete(folder.resolve("long.txt"));
        Files.writeString(folder.resolve("other.txt"), "text");
        run(TIGHT, earlier);

        Files.writeString(folder.resolve("long.txt"), text);

        assertThat(run(WIDE, earlier).added()).isEqualTo(1);
    }

    @Test
    void document_refusedByTheService_isNotSentAgain_untilItChanges() throws Exception {
        server.beforeUpsert(() -> {
            throw Problem.unprocessable("a line that can never fit");
        });
        RunReport first = run(WIDE, earlier);
        assertThat(first.failures()).singleElement().satisfies(failure -> {
            assertThat(failure.reason()).contains("can never fit");
            assertThat(failure.retry()).isEqualTo(Retry.NEVER);
        });
        server.beforeUpsert(() -> {});

        assertThat(run(WIDE, earlier).failures()).isEqualTo(first.failures());

        Files.writeString(folder.resolve("long.txt"), "Other text that is longer than that.");
        assertThat(run(WIDE, earlier).added()).isEqualTo(1);
    }

    @Test
    void failureOutOfTimeOrMemory_isTriedTwiceMore() throws Exception {
        var failures = new LastingFailures(10);
        var slow = new Failure("docs/long.txt", "reading gave nothing for 120 s", "split the file", Retry.TWICE);
        ChangedFile document = document("h1");

        assertThat(failures.remember(document, slow)).isEqualTo(slow);
        assertThat(failures.of(document)).isEmpty();
        assertThat(failures.remember(document, slow)).isEqualTo(slow);
        assertThat(failures.of(document)).isEmpty();
        Failure last = failures.remember(document, slow);
        assertThat(last.retry()).isEqualTo(Retry.NEVER);
        assertThat(failures.of(document)).contains(last);

        assertThat(failures.of(document("h2"))).isEmpty();
        assertThat(failures.remember(document("h2"), slow)).isEqualTo(slow);
    }

    @Test
    void failures_withoutRoomToCountTheirTries_areNotWaitedFor() throws Exception {
        var slow = new Failure("docs/long.txt", "reading gave nothing for 120 s", "split the file", Retry.TWICE);

        assertThat(new LastingFailures(0).remember(document("h1"), slow).retry())
                .isEqualTo(Retry.NEVER);
    }

    private ChangedFile document(String hash) throws Exception {
        Path file = folder.resolve("long.txt");
        return new ChangedFile(
                new SourceFile(file, "docs", "long.txt"),
                hash,
                false,
                Files.getLastModifiedTime(file),
                Files.size(file));
    }
}
