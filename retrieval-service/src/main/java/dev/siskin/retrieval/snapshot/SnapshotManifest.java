package dev.siskin.retrieval.snapshot;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.CollectionSpec;
import dev.siskin.api.Json;
import dev.siskin.api.SnapshotInfo;
import dev.siskin.retrieval.collection.Analysis;
import dev.siskin.retrieval.collection.CollectionManifest;
import dev.siskin.retrieval.collection.Collections;
import dev.siskin.retrieval.collection.RetrievalException;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshot is, in {@value #FILE}: first in its tar, and beside its files on disk. One JSON object, fields of
 * version 1, none left out; one not listed here is an error:
 *
 * @param version integer: of this format, {@value #VERSION}
 * @param id string: of the snapshot, as {@link #ID}
 * @param collection string: name of the collection it was made of
 * @param generation integer: of the collection that it holds
 * @param created string: RFC 3339, when it was made
 * @param manifest object: {@link CollectionManifest}, with a version of its own
 * @param files array of {@link File}: those of one Lucene commit, in the order of the tar
 */
record SnapshotManifest(
        int version,
        String id,
        String collection,
        long generation,
        Instant created,
        CollectionManifest manifest,
        List<File> files) {
    /** The format this class writes, and the only one it reads. */
    static final int VERSION = 1;

    static final String FILE = "snapshot.json";

    /** UTC time to the second and a random part: snapshots sort by age. */
    static final Pattern ID = Pattern.compile("[0-9]{8}t[0-9]{6}z-[0-9a-f]{8}");

    /** What Lucene calls its files; none is a path. */
    static final Pattern INDEX_FILE =
            Pattern.compile("segments_[0-9a-z]{1,13}|_[0-9a-z]{1,13}(?:_[0-9A-Za-z]{1,60}){0,3}\\.[0-9a-z]{1,8}");

    /** Longest name: what a tar header holds. */
    static final int MAX_NAME_CHARS = 100;

    static final int MAX_FILES = 20_000;
    private static final int MAX_TEXT_CHARS = 2_048;
    private static final int MAX_DIMENSIONS = 4_096;
    private static final int MAX_PROBES = 64;

    /**
     * A file of the index.
     *
     * @param name string: Lucene's
     * @param bytes integer: its length
     * @param crc32 integer: of all but its last eight bytes, which hold the same number (Lucene's {@code CodecUtil})
     */
    record File(String name, long bytes, long crc32) {
        /** The shortest that ends in Lucene's footer. */
        static final long MIN_BYTES = 16;
    }

    SnapshotManifest {
        files = List.copyOf(files);
    }

    /** Length of all index files. */
    @JsonIgnore
    long bytes() {
        return files.stream().mapToLong(File::bytes).sum();
    }

    @JsonIgnore
    Set<String> names() {
        var names = new TreeSet<String>();
        files.forEach(file -> names.add(file.name()));
        return names;
    }

    SnapshotInfo info() {
        return new SnapshotInfo(id, collection, generation, bytes(), created);
    }

    byte[] json() {
        try {
            return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
        } catch (JsonProcessingException impossible) {
            throw new AssertionError("records and strings are writable", impossible);
        }
    }

    /**
     * Reads and checks a manifest that may come from anywhere.
     *
     * @throws RetrievalException {@code MALFORMED} or {@code IMPOSSIBLE}, naming what is wrong
     */
    static SnapshotManifest read(byte[] json) {
        try {
            JsonNode root = Json.MAPPER.readTree(json);
            int version = root.path("version").asInt();
            if (version != VERSION) {
                throw impossible("%s: version must be %d: version=%s; use the release that wrote it"
                        .formatted(FILE, VERSION, root.path("version")));
            }
            // brings it to the version that the record below is
            CollectionManifest.read(FILE + ", manifest", root.path("manifest"));
            return Json.MAPPER.treeToValue(root, SnapshotManifest.class).checked();
        } catch (JsonProcessingException malformed) {
            throw malformed(FILE + ": " + Json.explain(malformed));
        } catch (IOException unknownVersion) {
            throw impossible(String.valueOf(unknownVersion.getMessage()));
        }
    }

    private SnapshotManifest checked() {
        require(id != null && ID.matcher(id).matches(), "id", id);
        require(collection != null && CollectionSpec.NAME.matcher(collection).matches(), "collection", collection);
        require(generation >= 1, "generation", generation);
        require(created != null, "created", created);
        checkCollection();
        checkFiles();
        return this;
    }

    @SuppressWarnings("NullAway") // a record read from JSON may lack what its type promises
    private void checkCollection() {
        CollectionManifest.Spec spec = manifest.spec();
        require(spec != null && spec.quantization() != null, "manifest.spec", spec);
        require(isText(spec.embeddingModel()), "manifest.spec.embedding_model", spec.embeddingModel());
        require(spec.language() != null, "manifest.spec.language", spec.language());
        Collections.requireLanguage(spec.language());
        int analysis = manifest.analysis();
        require(analysis >= 1 && analysis <= Analysis.VERSION, "manifest.analysis", analysis);
        require(isText(manifest.name()), "manifest.name", manifest.name());
        require(isText(manifest.encoding()), "manifest.encoding", manifest.encoding());
        require(isText(manifest.luceneVersion()), "manifest.lucene_version", manifest.luceneVersion());
        require(manifest.created() != null, "manifest.created", manifest.created());
        var embedder = manifest.embedder();
        require(embedder != null, "manifest.embedder", embedder);
        require(
                isText(embedder.name())
                        && isText(embedder.modelSha256())
                        && isText(embedder.tokenizerSha256())
                        && isText(embedder.queryPrefix())
                        && isText(embedder.passagePrefix())
                        && embedder.pooling() != null
                        && embedder.probes().size() <= MAX_PROBES,
                "manifest.embedder",
                embedder.name());
        int dimensions = embedder.dimensions();
        require(dimensions >= 1 && dimensions <= MAX_DIMENSIONS, "manifest.embedder.dimensions", dimensions);
    }

    private void checkFiles() {
        require(!files.isEmpty() && files.size() <= MAX_FILES, "files", files.size());
        var names = new HashSet<String>();
        long left = Long.MAX_VALUE;
        for (File file : files) {
            String name = String.valueOf(file.name());
            boolean known =
                    name.length() <= MAX_NAME_CHARS && INDEX_FILE.matcher(name).matches();
            require(known && names.add(name), "files.name", shown(name));
            require(file.bytes() >= File.MIN_BYTES && file.bytes() <= left, "files.bytes", file.bytes());
            left -= file.bytes();
        }
        long commits =
                names.stream().filter(name -> name.startsWith("segments_")).count();
        require(commits == 1, "files (segments_N, of which there must be one)", commits);
    }

    private static boolean isText(@Nullable String text) {
        return text != null && text.length() <= MAX_TEXT_CHARS;
    }

    private static void require(boolean possible, String field, @Nullable Object value) {
        if (!possible) {
            throw malformed(FILE + ": field '" + field + "' has an impossible value: " + shown(String.valueOf(value)));
        }
    }

    private static String shown(String text) {
        return text.length() > 80 ? text.substring(0, 80) + "…" : text;
    }

    static RetrievalException malformed(String message) {
        return new RetrievalException(RetrievalException.Kind.MALFORMED, message);
    }

    static RetrievalException impossible(String message) {
        return new RetrievalException(RetrievalException.Kind.IMPOSSIBLE, message);
    }
}
