package dev.siskin.retrieval.collection;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.api.Quantization;
import dev.siskin.embedding.ModelFingerprint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * What a collection is, in {@value #FILE}: one JSON object, written whole when the collection is created and not
 * changed after. What changes (generation, types of metadata fields) is in the user data of each Lucene commit, see
 * {@link CommitRecord}.
 *
 * <p>Fields of version 1; one not listed here is an error:
 *
 * @param version integer: of this format, {@value #VERSION}
 * @param name string: of the collection; equal to its folder's
 * @param spec object: {@code embedding_model}, {@code quantization} and {@code language}, none left out
 * @param embedder object: {@link ModelFingerprint} of the model that makes the vectors
 * @param luceneVersion string: of the release that created the index
 * @param encoding string: Lucene's name of the vectors' encoding, {@code PACKED_NIBBLE} for int4
 * @param created string: RFC 3339, when
 */
public record CollectionManifest(
        int version,
        String name,
        Spec spec,
        ModelFingerprint embedder,
        String luceneVersion,
        String encoding,
        Instant created) {
    /** The format this class writes, and the only one it reads. */
    public static final int VERSION = 1;

    /** Name of the file in the collection's folder. */
    public static final String FILE = "manifest.json";

    /** What the collection was created with, defaults filled in. */
    public record Spec(String embeddingModel, Quantization quantization, String language) {}

    /**
     * Reads and checks the manifest of a collection's folder.
     *
     * @throws IOException naming the file and what is wrong with it
     */
    static CollectionManifest read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        try {
            JsonNode root = Json.MAPPER.readTree(Files.readAllBytes(file));
            int version = root.path("version").asInt();
            if (version != VERSION) {
                throw new IOException("%s: version must be %d: version=%s; use the release that wrote it"
                        .formatted(file, VERSION, root.path("version")));
            }
            return Json.MAPPER.treeToValue(root, CollectionManifest.class);
        } catch (JsonProcessingException malformed) {
            throw new IOException(file + ": " + Json.explain(malformed), malformed);
        }
    }

    /** The same with an equal fingerprint, so that many manifests share one. */
    CollectionManifest withEmbedder(ModelFingerprint equal) {
        return new CollectionManifest(version, name, spec, equal, luceneVersion, encoding, created);
    }

    /** Writes the manifest into a collection's folder, durably. */
    void write(Path folder) throws IOException {
        DurableFiles.write(
                folder.resolve(FILE),
                Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    }
}
