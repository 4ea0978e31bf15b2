package dev.siskin.retrieval.reembed;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Json;
import dev.siskin.api.Quantization;
import dev.siskin.retrieval.collection.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * That a collection is to be re-embedded, in {@value #FILE} in the folder where that is done. JSON, fields of version 1,
 * none left out; one not listed here is an error:
 *
 * @param version integer: of this format, {@value #VERSION}
 * @param sourceCreated string: RFC 3339, when the collection was created; another one of its name ends the work; left out
 *     by earlier releases
 * @param sourceIndex string: the index folder whose documents are copied; another index in use ends the work
 * @param embeddingModel string: name of the model the vectors are made with
 * @param embedder string: id of that model's fingerprint; vectors of another one are thrown away
 * @param quantization string: level of the new index
 * @param started string: RFC 3339, when it was asked for
 */
record ReembedOrder(
        int version,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant sourceCreated,
        String sourceIndex,
        String embeddingModel,
        String embedder,
        Quantization quantization,
        Instant started) {
    /** The format this class writes, and the only one it reads. */
    static final int VERSION = 1;

    static final String FILE = "job.json";

    /** @throws IOException naming the file and what is wrong with it */
    static ReembedOrder read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        try {
            ReembedOrder order = Json.MAPPER.readValue(Files.readAllBytes(file), ReembedOrder.class);
            if (order.version() != VERSION) {
                throw new IOException("%s: version must be %d: version=%d; use the release that wrote it"
                        .formatted(file, VERSION, order.version()));
            }
            return order;
        } catch (JsonProcessingException malformed) {
            throw new IOException(file + ": " + Json.explain(malformed), malformed);
        }
    }

    /** Writes it durably. */
    void write(Path folder) throws IOException {
        DurableFiles.createFolder(folder);
        DurableFiles.write(folder.resolve(FILE), Json.MAPPER.writeValueAsBytes(this));
    }

    /** An order of an earlier release does not say: its folder would have gone with another collection. */
    private static boolean isSameSource(@Nullable Instant one, @Nullable Instant other) {
        return one == null || other == null || one.equals(other);
    }

    /** Whether it asks for the same vectors, however long ago. */
    boolean asksFor(ReembedOrder other) {
        return isSameSource(sourceCreated, other.sourceCreated)
                && sourceIndex.equals(other.sourceIndex)
                && embeddingModel.equals(other.embeddingModel)
                && embedder.equals(other.embedder)
                && quantization == other.quantization;
    }
}
