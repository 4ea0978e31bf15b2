package dev.siskin.retrieval.collection;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.siskin.api.Json;
import dev.siskin.api.Quantization;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.retrieval.codec.CollectionCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.util.Version;

/**
 * What a collection is, in {@value #FILE}: one JSON object, written whole when the collection is created, and replaced
 * by one durable move when another index takes the place of its own. What changes with every write (generation, types of
 * metadata fields) is in the user data of each Lucene commit, see {@link CommitRecord}.
 *
 * <p>Fields of version 2; one not listed here is an error. Version 1 is read too: it lacks {@code index}, which was
 * {@value #FIRST_INDEX} then, and {@code analysis}, which was {@value #FIRST_ANALYSIS}.
 *
 * @param version integer: of this format, {@value #VERSION}
 * @param name string: of the collection; equal to its folder's
 * @param spec object: {@code embedding_model}, {@code quantization} and {@code language}, none left out
 * @param embedder object: {@link ModelFingerprint} of the model that makes the vectors
 * @param luceneVersion string: of the release that created the index
 * @param encoding string: Lucene's name of the vectors' encoding, {@code PACKED_NIBBLE} for int4
 * @param created string: RFC 3339, when
 * @param index string: name of the folder of Lucene's files, {@value #FIRST_INDEX} or {@code index-2} and on; any other
 *     such folder holds nothing to keep
 * @param analysis integer: rules that made the terms, see {@link Analysis}
 */
public record CollectionManifest(
        int version,
        String name,
        Spec spec,
        ModelFingerprint embedder,
        String luceneVersion,
        String encoding,
        Instant created,
        String index,
        int analysis) {
    /** The format this class writes. */
    public static final int VERSION = 2;

    /** Where Lucene's files lie as long as nothing took their place. */
    public static final String FIRST_INDEX = "index";

    /** What the folders of an index are called. */
    static final Pattern INDEX = Pattern.compile(FIRST_INDEX + "(?:-([1-9][0-9]{0,8}))?");

    private static final int OLDEST_VERSION = 1;

    /** Name of the file in the collection's folder. */
    public static final String FILE = "manifest.json";

    /** The rules that made the terms of collections whose manifest does not say. */
    private static final int FIRST_ANALYSIS = 1;

    /** A new analyzer for its texts and for questions to them, to be closed by the caller; empty where there is none. */
    Optional<Analyzer> analyzer() {
        return Analysis.of(spec.language(), analysis);
    }

    /** What the collection was created with, defaults filled in. */
    public record Spec(String embeddingModel, Quantization quantization, String language) {}

    /** Throws {@link IllegalArgumentException} where the index's name is none: it becomes a path. */
    public CollectionManifest {
        if (!INDEX.matcher(index).matches()) {
            throw new IllegalArgumentException("index must match " + INDEX + ": index=" + index);
        }
    }

    /** The manifest of a new collection, written by this release. */
    public static CollectionManifest of(String name, Spec spec, ModelFingerprint embedder, Instant created) {
        return new CollectionManifest(
                VERSION,
                name,
                spec,
                embedder,
                Version.LATEST.toString(),
                CollectionCodec.of(spec.quantization()).encoding(),
                created,
                FIRST_INDEX,
                Analysis.VERSION);
    }

    /** The same collection under a name, with its index in another folder. */
    public CollectionManifest at(String newName, String newIndex) {
        return new CollectionManifest(
                VERSION, newName, spec, embedder, luceneVersion, encoding, created, newIndex, analysis);
    }

    /** The same collection with its vectors and terms made anew by this release. */
    public CollectionManifest reembedded(Spec newSpec, ModelFingerprint newEmbedder) {
        return of(name, newSpec, newEmbedder, created).at(name, index);
    }

    /** A name for an index beside those that lie in the collection's folder. */
    public static String nextIndex(Path folder) throws IOException {
        try (Stream<Path> content = Files.list(folder)) {
            int last = content.map(path -> INDEX.matcher(path.getFileName().toString()))
                    .filter(Matcher::matches)
                    .mapToInt(name -> name.group(1) == null ? 1 : Integer.parseInt(name.group(1)))
                    .max()
                    .orElse(0);
            return last == 0 ? FIRST_INDEX : FIRST_INDEX + "-" + (last + 1);
        }
    }

    /**
     * Reads and checks the manifest of a collection's folder.
     *
     * @throws IOException naming the file and what is wrong with it
     */
    static CollectionManifest read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        try {
            return read(file.toString(), Json.MAPPER.readTree(Files.readAllBytes(file)));
        } catch (JsonProcessingException malformed) {
            throw new IOException(file + ": " + Json.explain(malformed), malformed);
        }
    }

    /**
     * Reads a manifest of any version up to this one.
     *
     * @param where the manifest comes from, for messages
     * @throws JsonProcessingException where a field is missing, unknown or impossible
     * @throws IOException where the version is none of ours
     */
    public static CollectionManifest read(String where, JsonNode root) throws IOException {
        int version = root.path("version").asInt();
        if (version < OLDEST_VERSION || version > VERSION || !(root instanceof ObjectNode fields)) {
            throw new IOException("%s: version must be %d to %d: version=%s; use the release that wrote it"
                    .formatted(where, OLDEST_VERSION, VERSION, root.path("version")));
        }
        if (version == 1) {
            fields.put("version", VERSION).put("index", FIRST_INDEX).put("analysis", FIRST_ANALYSIS);
        }
        return Json.MAPPER.treeToValue(fields, CollectionManifest.class);
    }

    /** The same with an equal fingerprint, so that many manifests share one. */
    CollectionManifest withEmbedder(ModelFingerprint equal) {
        return new CollectionManifest(version, name, spec, equal, luceneVersion, encoding, created, index, analysis);
    }

    /** Writes the manifest into a collection's folder, durably. */
    void write(Path folder) throws IOException {
        DurableFiles.write(
                folder.resolve(FILE),
                Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    }
}
