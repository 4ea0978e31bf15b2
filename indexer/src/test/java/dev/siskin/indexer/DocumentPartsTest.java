package dev.siskin.indexer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Chunk;
import dev.siskin.api.CollectionSpec;
import dev.siskin.api.Document;
import dev.siskin.embedding.Embedding;
import dev.siskin.http.Problem;
import dev.siskin.http.ServiceClient;
import dev.siskin.indexer.embedding.EmbeddingStage;
import dev.siskin.indexer.embedding.OutgoingDocument;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.StopSignal;
import dev.siskin.indexer.sending.CollectionClient;
import dev.siskin.indexer.sending.DocumentSender;
import dev.siskin.indexer.sending.GaveUpException;
import dev.siskin.indexer.sending.Patience;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A large document of which an earlier run has sent some parts. */
class DocumentPartsTest {
    private static final int PART = DocumentParts.MAX_CHUNKS;

    /** Chunks of an earlier run that did not end: two parts of them are sent, and two are still held back. */
    private static final int BROKEN_OFF = 4 * PART;

    private final CollectionServer server = CollectionServer.start("e1", 2);
    private final ServiceClient service = ServiceClient.to(server.address());
    private final CollectionClient collection = new CollectionClient(service, "docs");
    private final ConcurrentLinkedQueue<String> embedded = new ConcurrentLinkedQueue<>();
    private RunProgress progress = new RunProgress();

    @BeforeEach
    void create() {
        collection.create(CollectionSpec.DEFAULT_EMBEDDING_MODEL);
    }

    @AfterEach
    void close() {
        service.close();
        server.close();
    }

    private static List<Chunk> chunks(int count) {
        var chunks = new ArrayList<Chunk>();
        for (int i = 0; i < count; i++) {
            String text = "text " + i;
            chunks.add(new Chunk(text, "Title", null, null, 100 * i, 100 * i + text.length(), null));
        }
        return chunks;
    }

    /** Runs over one document; where it does not end, that is what a killed run has sent. */
    private void run(String hash, List<Chunk> chunks, boolean ends) throws Exception {
        embedded.clear();
        progress = new RunProgress();
        var stop = new StopSignal();
        var sender = new DocumentSender(
                collection, "e1", new Patience(Duration.ofSeconds(10), stop, progress::notice), progress, stop);
        try (EmbeddingStage embedding = EmbeddingStage.start(this::embed, 2, progress)) {
            Thread sending = Thread.ofPlatform().start(() -> {
                try {
                    sender.run();
                } catch (GaveUpException | InterruptedException failed) {
                    stop.request(new StopSignal.Reason(String.valueOf(failed.getMessage()), false));
                }
            });
            var head = new Document("large", "Title", null, hash, Map.of(), List.of(), null);
            var parts =
                    new DocumentParts(new OutgoingDocument("large", false, progress::failed), head, sender, embedding);
            for (Chunk chunk : chunks) {
                parts.add(chunk);
            }
            if (ends) {
                parts.end();
            }
            sender.complete();
            sending.join();
        }
        assertThat(stop.reason()).isEmpty();
        assertThat(progress.failures()).isEmpty();
    }

    private Embedding embed(String text) {
        embedded.add(text);
        return new Embedding(new float[] {1, 0}, 1, false);
    }

    private void assertStored(List<Chunk> expected) {
        Document stored = Objects.requireNonNull(server.documents("docs").get("large"));
        assertThat(stored.title()).isEqualTo("Title");
        assertThat(stored.chunks())
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("vector")
                .isEqualTo(expected);
    }

    private void assertEmbedded(List<Chunk> chunks, int from) {
        assertThat(embedded)
                .containsExactlyInAnyOrderElementsOf(
                        chunks.stream().skip(from).map(Chunk::contextualText).toList());
        assertThat(progress.snapshot().chunks()).isEqualTo(chunks.size());
        assertThat(progress.snapshot().resumed()).isEqualTo(from);
    }

    @Test
    void document_brokenOff_goesOnAfterThePartsThatAreThere() throws Exception {
        List<Chunk> chunks = chunks(BROKEN_OFF + 10);
        run("h", chunks.subList(0, BROKEN_OFF), false);
        assertThat(server.documents("docs")).isEmpty();

        run("h", chunks, true);

        assertEmbedded(chunks, 2 * PART);
        assertStored(chunks);
    }

    @Test
    void document_brokenOffAndChangedSince_isSentAnew() throws Exception {
        List<Chunk> chunks = chunks(BROKEN_OFF);
        run("h", chunks, false);

        run("other", chunks, true);

        assertEmbedded(chunks, 0);
        assertStored(chunks);
    }

    @Test
    void document_thatIsCutOtherwiseNow_isSentFromTheFirstPartThatDiffers() throws Exception {
        run("h", chunks(BROKEN_OFF), false);
        List<Chunk> chunks = chunks(BROKEN_OFF);
        chunks.set(PART + 1, new Chunk("other", "Title", null, null, 0, 5, null));

        run("h", chunks, true);

        assertEmbedded(chunks, PART);
        assertStored(chunks);
    }

    /** All that is left of the document now stands already but its end. */
    @Test
    void document_thatEndsWithinThePartsThatAreThere_hasItsLastPartSent() throws Exception {
        run("h", chunks(BROKEN_OFF), false);
        List<Chunk> chunks = chunks(2 * PART);

        run("h", chunks, true);

        assertEmbedded(chunks, PART);
        assertStored(chunks);
    }

    @Test
    void documentThatIsBrokenOffAgain_isNotCountedAsResumed() throws Exception {
        run("h", chunks(BROKEN_OFF), false);

        run("h", chunks(BROKEN_OFF), false);

        assertThat(embedded).hasSizeLessThan(BROKEN_OFF);
        assertThat(progress.snapshot().resumed()).isZero();
    }

    @Test
    void serviceWithoutTheRoute_isSentAll() throws Exception {
        List<Chunk> chunks = chunks(BROKEN_OFF);
        run("h", chunks, false);
        server.failNext(1, () -> Problem.notFound("no such route"));

        run("h", chunks, true);

        assertEmbedded(chunks, 0);
        assertStored(chunks);
    }

    @Test
    void busyService_isAskedAgain() throws Exception {
        List<Chunk> chunks = chunks(BROKEN_OFF);
        run("h", chunks, false);
        server.failNext(1, () -> Problem.unavailable("merging; try again in 0 s", 0));

        run("h", chunks, true);

        assertEmbedded(chunks, 2 * PART);
    }

    @Test
    void smallDocument_isNotAskedAbout() throws Exception {
        server.failNext(1, () -> Problem.unprocessable("to be met by the document itself"));
        var stop = new StopSignal();
        var sender = new DocumentSender(
                collection, "e1", new Patience(Duration.ofSeconds(10), stop, _ -> {}), progress, stop);
        try (EmbeddingStage embedding = EmbeddingStage.start(this::embed, 1, progress)) {
            var head = new Document("small", "Title", null, "h", Map.of(), List.of(), null);
            var parts =
                    new DocumentParts(new OutgoingDocument("small", false, progress::failed), head, sender, embedding);
            for (Chunk chunk : chunks(PART)) {
                parts.add(chunk);
            }
            parts.end();
            sender.complete();
            sender.run();
        }
        assertThat(progress.failures()).hasSize(1);
        assertThat(embedded).hasSize(PART);
    }
}
