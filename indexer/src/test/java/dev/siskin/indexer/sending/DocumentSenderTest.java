package dev.siskin.indexer.sending;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Chunk;
import dev.siskin.api.CollectionSpec;
import dev.siskin.api.Document;
import dev.siskin.embedding.Embedding;
import dev.siskin.http.Problem;
import dev.siskin.http.ServiceClient;
import dev.siskin.indexer.CollectionServer;
import dev.siskin.indexer.embedding.EmbeddingStage;
import dev.siskin.indexer.embedding.OutgoingDocument;
import dev.siskin.indexer.embedding.PendingPart;
import dev.siskin.indexer.progress.Failure;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.StopSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DocumentSenderTest {
    private static final int MANY = 2548;
    private static final int PART = 100;

    private final CollectionServer server = CollectionServer.start("e1", 2);
    private final ServiceClient service = ServiceClient.to(server.address());
    private final CollectionClient collection = new CollectionClient(service, "docs");
    private final RunProgress progress = new RunProgress();
    private final StopSignal stop = new StopSignal();

    @BeforeEach
    void create() {
        collection.create(CollectionSpec.DEFAULT_EMBEDDING_MODEL);
    }

    @AfterEach
    void close() {
        service.close();
        server.close();
    }

    private List<PendingPart> document(String id, int chunks) {
        var all = new ArrayList<Chunk>();
        for (int i = 0; i < chunks; i++) {
            all.add(new Chunk("text " + i, null, null, null, i, i + 1, null));
        }
        var document = new OutgoingDocument(id, false, progress::failed);
        if (chunks <= PART) {
            return List.of(new PendingPart(document, line(id, all, null, null)));
        }
        var parts = new ArrayList<PendingPart>();
        for (int from = 0; from < chunks; from += PART) {
            int to = Math.min(chunks, from + PART);
            parts.add(
                    new PendingPart(document, line(id, all.subList(from, to), to < chunks ? true : null, from / PART)));
        }
        return parts;
    }

    private static Document line(String id, List<Chunk> chunks, @Nullable Boolean more, @Nullable Integer part) {
        return new Document(id, id, null, "hash of " + id, Map.of(), chunks, more, part);
    }

    @SafeVarargs
    private final void send(List<PendingPart>... documents) throws Exception {
        var sender = new DocumentSender(
                collection, "e1", new Patience(Duration.ofSeconds(10), stop, progress::notice), progress, stop);
        try (EmbeddingStage embedding =
                EmbeddingStage.start(_ -> new Embedding(new float[] {1, 0}, 1, false), 2, progress)) {
            Thread sending = Thread.ofPlatform().start(() -> {
                try {
                    sender.run();
                } catch (GaveUpException | InterruptedException failed) {
                    stop.request(new StopSignal.Reason(String.valueOf(failed.getMessage()), false));
                }
            });
            for (List<PendingPart> document : documents) {
                for (PendingPart part : document) {
                    sender.put(part);
                    embedding.submit(part);
                }
            }
            sender.complete();
            sending.join();
        }
    }

    private int chunksOf(String id) {
        Document stored = Objects.requireNonNull(server.documents("docs").get(id));
        return Objects.requireNonNull(stored.chunks()).size();
    }

    @Test
    void document_tooLargeForALine_isStoredWholeAmongOthers() throws Exception {
        send(document("a", 3), document("large", MANY), document("z", 3));
        assertThat(List.of(chunksOf("a"), chunksOf("large"), chunksOf("z"))).containsExactly(3, MANY, 3);
        assertThat(progress.snapshot().added()).isEqualTo(3);
        assertThat(progress.snapshot().chunks()).isEqualTo(MANY + 6);
        assertThat(stop.reason()).isEmpty();
    }

    @Test
    void document_inParts_outlastsABusyService() throws Exception {
        server.failNext(2, () -> Problem.unavailable("merging; try again in 0 s", 0));
        send(document("large", MANY));
        assertThat(chunksOf("large")).isEqualTo(MANY);
    }

    @Test
    void document_inParts_thatIsRefused_failsAloneAndOnce() throws Exception {
        server.failNext(1, () -> Problem.unprocessable("no such part"));
        send(document("large", MANY), document("z", 3));
        assertThat(progress.failures()).extracting(Failure::document).containsExactly("large");
        assertThat(server.documents("docs")).containsOnlyKeys("z");
    }
}
