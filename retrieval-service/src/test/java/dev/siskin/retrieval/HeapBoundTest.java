package dev.siskin.retrieval;

import static dev.siskin.retrieval.TestService.base64;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writes and merges in a heap that is small for what is written. Random vectors are the worst there is: their graphs have
 * the most links. The service's own heap: {@code mvn verify -Dtest=HeapBoundTest -Dsiskin.heap.mib=160
 * -Dsiskin.heap.vectors=200000}.
 */
class HeapBoundTest {
    private static final String HEAP = "-Xmx%dm".formatted(Integer.getInteger("siskin.heap.mib", 80));
    private static final int VECTORS = Integer.getInteger("siskin.heap.vectors", 12_000);
    private static final int COLLECTIONS = 20;
    private static final int WRITERS = 4;
    private static final int DOCUMENTS_A_REQUEST = 200;

    @TempDir
    Path data;

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void bulkWrite_ofMoreVectorsThanTheHeapHolds_staysWithinIt() throws Exception {
        write(VECTORS, 1);
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void bulkWrite_intoManyCollectionsAtOnce_staysWithinTheHeap() throws Exception {
        write(VECTORS, COLLECTIONS);
    }

    private void write(int vectors, int collections) throws Exception {
        try (ServiceProcess service = ServiceProcess.on(data, HEAP, "--add-modules=jdk.incubator.vector")) {
            for (int i = 0; i < collections; i++) {
                assertThat(service.send("PUT", "/v1/collections/c" + i, "application/json", "{}")
                                .statusCode())
                        .isEqualTo(201);
            }
            var next = new AtomicInteger();
            var threads = new Thread[WRITERS];
            for (int i = 0; i < WRITERS; i++) {
                var random = new Random(i);
                threads[i] = Thread.startVirtualThread(() -> {
                    int request = next.getAndIncrement();
                    while (request * DOCUMENTS_A_REQUEST < vectors && service.isAlive()) {
                        write(service, "c" + request % collections, request, random);
                        request = next.getAndIncrement();
                    }
                });
            }
            for (Thread thread : threads) {
                thread.join();
            }
            long documents = 0;
            for (int i = 0; i < collections; i++) {
                JsonNode info =
                        Json.MAPPER.readTree(service.send("GET", "/v1/collections/c" + i, "application/json", "")
                                .body());
                documents += info.path("documents").asLong();
            }
            assertThat(documents).isEqualTo(vectors);
        }
    }

    private static void write(ServiceProcess service, String collection, int request, Random random) {
        var lines = new StringBuilder();
        for (int i = 0; i < DOCUMENTS_A_REQUEST; i++) {
            var vector = new float[TestService.DIMENSIONS];
            for (int d = 0; d < vector.length; d++) {
                vector[d] = (float) random.nextGaussian();
            }
            lines.append("{\"id\":\"%d-%d\",\"chunks\":[{\"text\":\"x\",\"start\":0,\"end\":1,\"vector\":\"%s\"}]}\n"
                    .formatted(request, i, base64(vector)));
        }
        try {
            HttpResponse<String> answer = service.send(
                    "POST", "/v1/collections/" + collection + "/documents", "application/x-ndjson", lines.toString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        } catch (IOException gone) {
            throw new AssertionError("the service ended", gone);
        }
    }
}
