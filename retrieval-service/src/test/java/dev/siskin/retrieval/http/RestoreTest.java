package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.siskin.api.Json;
import dev.siskin.retrieval.TestService;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tars that no snapshot gave. Whatever is sent, the collection there is stays as it was and nothing is left behind. */
class RestoreTest {
    private static final String MANIFEST = "snapshot.json";
    private static final int BLOCK = 512;

    @TempDir
    static Path data;

    private static TestService service;
    private static byte[] tar;
    private static JsonNode before;

    @BeforeAll
    static void start() throws Exception {
        service = TestService.on(data, Map.of("retrieval.restore.max.bytes", "1m"));
        service.put("/v1/collections/docs", "{}");
        service.upsert("docs", line("a", "{\"n\":1}", "a finch", at(10)), line("b", "{}", "a siskin", at(20)));
        String id = service.send("POST", "/v1/collections/docs/snapshots", "", "")
                .json()
                .path("id")
                .asText();
        tar = service.download("/v1/collections/docs/snapshots/" + id);
        before = service.get("/v1/collections/docs").json();
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @AfterEach
    void everythingIsAsItWas() throws Exception {
        JsonNode now = service.get("/v1/collections/docs").json();
        for (String field : new String[] {"documents", "chunks", "generation", "embedder", "bytes_on_disk"}) {
            assertThat(now.path(field)).as(field).isEqualTo(before.path(field));
        }
        try (Stream<Path> content = Files.list(data.resolve("retrieval/default"))) {
            assertThat(content.map(path -> path.getFileName().toString()))
                    .contains(".snapshots", "docs")
                    .isSubsetOf(".snapshots", "docs", ".generations.json");
        }
        assertThat(service.get("/v1/collections").json().path("collections")).hasSize(1);
    }

    private static TestService.Answer restore(String collection, byte[] sent) {
        return service.send(
                "POST",
                "/v1/collections/" + collection + "/restore",
                "application/x-tar",
                BodyPublishers.ofByteArray(sent));
    }

    /** Both where there is a collection and where there is none. */
    private static void assertRefused(byte[] sent, int status, String detail) {
        for (String collection : new String[] {"docs", "fresh"}) {
            TestService.Answer answer = restore(collection, sent);
            assertThat(answer.status()).as(answer.body()).isEqualTo(status);
            assertThat(answer.detail()).contains(detail);
        }
    }

    private static Map<String, byte[]> files() {
        var files = new LinkedHashMap<String, byte[]>();
        for (int at = 0; tar[at] != 0; ) {
            String name = new String(tar, at, 100, StandardCharsets.US_ASCII).replaceAll("\0.*", "");
            int length = Integer.parseInt(new String(tar, at + 124, 11, StandardCharsets.US_ASCII), 8);
            files.put(name, Arrays.copyOfRange(tar, at + BLOCK, at + BLOCK + length));
            at += BLOCK + (length + BLOCK - 1) / BLOCK * BLOCK;
        }
        return files;
    }

    private static byte[] packed(Map<String, byte[]> files) throws IOException {
        var out = new ByteArrayOutputStream();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            out.write(packed(file.getKey(), file.getValue()));
        }
        out.write(new byte[2 * BLOCK]);
        return out.toByteArray();
    }

    private static byte[] packed(String name, byte[] content) {
        var header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 124, "%011o".formatted(content.length));
        put(header, 156, "0");
        put(header, 257, "ustar");
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte value : header) {
            sum += Byte.toUnsignedInt(value);
        }
        put(header, 148, "%06o\0".formatted(sum));
        byte[] entry = Arrays.copyOf(header, BLOCK + (content.length + BLOCK - 1) / BLOCK * BLOCK);
        System.arraycopy(content, 0, entry, BLOCK, content.length);
        return entry;
    }

    private static void put(byte[] header, int offset, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, offset, bytes.length);
    }

    private static byte[] withManifest(Consumer<ObjectNode> change) throws IOException {
        Map<String, byte[]> files = files();
        ObjectNode manifest = (ObjectNode) Json.MAPPER.readTree(files.get(MANIFEST));
        change.accept(manifest);
        files.put(MANIFEST, Json.MAPPER.writeValueAsBytes(manifest));
        return packed(files);
    }

    @Test
    void tar_packedByTheTest_isOneThatTheServiceTakes() throws Exception {
        Map<String, byte[]> files = files();
        assertThat(files.keySet()).contains(MANIFEST);
        assertThat(restore("taken", packed(files)).status()).isEqualTo(201);
        assertThat(service.delete("/v1/collections/taken").status()).isEqualTo(204);
    }

    static Stream<Arguments> manifests() {
        return Stream.of(
                manifest(422, "version must be 1: version=2", root -> root.put("version", 2)),
                manifest(422, "version must be", root -> root.remove("version")),
                manifest(400, "unknown field 'more'", root -> root.put("more", 1)),
                manifest(400, "'id'", root -> root.put("id", "../../x")),
                manifest(400, "'id'", root -> root.remove("id")),
                manifest(400, "'collection'", root -> root.put("collection", "..")),
                manifest(400, "'generation'", root -> root.put("generation", 0)),
                manifest(422, "generation", root -> root.put("generation", 999)),
                manifest(422, "version must be 1 to 2: version=9", root -> of(root).put("version", 9)),
                manifest(400, "'manifest.spec'", root -> of(root).remove("spec")),
                manifest(400, "unknown field", root -> of(root).put("x", 1)),
                manifest(400, "index", root -> of(root).put("index", "../../docs")),
                manifest(422, "language must be one of", root -> spec(root).put("language", "xx")),
                manifest(
                        400,
                        "manifest.spec.embedding_model",
                        root -> spec(root).put("embedding_model", "m".repeat(9999))),
                manifest(400, "quantization", root -> spec(root).put("quantization", "int99")),
                manifest(400, "manifest.embedder", root -> of(root).putNull("embedder")),
                manifest(400, "dimensions", root -> embedder(root).put("dimensions", 3)),
                manifest(
                        422,
                        "vectors of 3 dimensions",
                        root -> embedder(root).put("dimensions", 3).putArray("probes")),
                manifest(
                        400,
                        "dimensions",
                        root -> embedder(root).put("dimensions", 99_999).putArray("probes")),
                manifest(400, "files.name", root -> file(root).put("name", "../a.si")),
                manifest(400, "files.name", root -> file(root).put("name", "/etc/passwd")),
                manifest(400, "files.name", root -> file(root).put("name", "_0.si/../../x")),
                manifest(400, "files.name", root -> file(root).put("name", "manifest.json")),
                manifest(400, "files.name", root -> file(root).put("name", "write.lock")),
                manifest(400, "files.name", root -> file(root).put("name", "segments_1\0")),
                manifest(400, "files.name", root -> files(root).add(file(root))),
                manifest(400, "files.bytes", root -> file(root).put("bytes", -1)),
                manifest(400, "with another length", root -> file(root).put("bytes", 77)),
                manifest(400, "has the checksum", root -> file(root).put("crc32", 1)),
                manifest(413, "retrieval.restore.max.bytes", root -> file(root).put("bytes", 2 << 20)),
                manifest(
                        400,
                        "files.bytes",
                        root -> files(root).forEach(file -> ((ObjectNode) file).put("bytes", 1L << 62))),
                manifest(
                        400,
                        "the tar lacks 1 files",
                        root -> files(root)
                                .addObject()
                                .put("name", "_9.si")
                                .put("bytes", 99)
                                .put("crc32", 1)),
                manifest(
                        400,
                        "segments_N",
                        root -> files(root)
                                .addObject()
                                .put("name", "segments_9")
                                .put("bytes", 99)
                                .put("crc32", 1)),
                manifest(400, "'files'", root -> root.putArray("files")));
    }

    private static Arguments manifest(int status, String detail, Consumer<ObjectNode> change) {
        return Arguments.of(detail, status, change);
    }

    private static ObjectNode of(ObjectNode root) {
        return (ObjectNode) root.path("manifest");
    }

    private static ObjectNode spec(ObjectNode root) {
        return (ObjectNode) of(root).path("spec");
    }

    private static ObjectNode embedder(ObjectNode root) {
        return (ObjectNode) of(root).path("embedder");
    }

    private static ArrayNode files(ObjectNode root) {
        return (ArrayNode) root.path("files");
    }

    private static ObjectNode file(ObjectNode root) {
        return (ObjectNode) files(root).path(0);
    }

    @ParameterizedTest(name = "{index}: {1}, {0}")
    @MethodSource("manifests")
    void manifest_thatIsWrong_isRefused(String detail, int status, Consumer<ObjectNode> change) throws Exception {
        assertRefused(withManifest(change), status, detail);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../escaped", "/tmp/escaped", "index/segments_2", "_7.si", "write.lock", ".hidden", ""})
    void file_thatTheManifestDoesNotName_isRefused(String name) throws Exception {
        Map<String, byte[]> files = files();
        files.put(name, new byte[20]);
        assertRefused(packed(files), 400, "does not name");
        assertThat(data.resolve("../../escaped")).doesNotExist();
    }

    @Test
    void tar_withAFileTwiceOrMissingOrOutOfOrder_isRefused() throws Exception {
        var twice = new ByteArrayOutputStream();
        Map<String, byte[]> files = files();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            twice.write(packed(file.getKey(), file.getValue()));
            if (!file.getKey().equals(MANIFEST)) {
                twice.write(packed(file.getKey(), file.getValue()));
            }
        }
        assertRefused(twice.toByteArray(), 400, "does not name");
        byte[] manifest = files.remove(MANIFEST);
        assertRefused(packed(files), 400, "must begin with snapshot.json");
        files.put(MANIFEST, manifest);
        assertRefused(packed(files), 400, "must begin with snapshot.json");
        assertRefused(packed(Map.of(MANIFEST, manifest)), 400, "the tar lacks");
        assertRefused(new byte[0], 400, "ends early");
        assertRefused(new byte[2 * BLOCK], 400, "must begin with");
    }

    @Test
    void tar_cutShort_isRefused() {
        for (int length : new int[] {1, BLOCK, BLOCK + 7, tar.length / 2, tar.length - 2 * BLOCK - 1}) {
            assertRefused(Arrays.copyOf(tar, length), 400, "ends early");
        }
    }

    @Test
    void file_damagedAnywhere_isRefused() throws Exception {
        var random = new Random(7);
        for (String name : files().keySet()) {
            if (name.equals(MANIFEST)) {
                continue;
            }
            Map<String, byte[]> files = files();
            byte[] content = Objects.requireNonNull(files.get(name));
            content[random.nextInt(content.length)] ^= 1;
            TestService.Answer answer = restore("docs", packed(files));
            assertThat(answer.status()).as(name + ": " + answer.body()).isIn(400, 422);
        }
    }

    /** Damage that its own manifest vouches for: what Lucene makes of it must not be an error of ours. */
    @Test
    void file_damagedWithARightChecksum_isRefusedOrHarmless() throws Exception {
        var random = new Random(8);
        for (int round = 0; round < 60; round++) {
            Map<String, byte[]> files = files();
            ObjectNode manifest = (ObjectNode) Json.MAPPER.readTree(files.get(MANIFEST));
            ObjectNode file = (ObjectNode)
                    files(manifest).path(random.nextInt(files(manifest).size()));
            byte[] content = Objects.requireNonNull(files.get(file.path("name").asText()));
            for (int i = 0; i < 4; i++) {
                content[random.nextInt(content.length - 8)] = (byte) random.nextInt(256);
            }
            var crc = new CRC32();
            crc.update(content, 0, content.length - 8);
            for (int i = 0; i < 8; i++) {
                content[content.length - 1 - i] = (byte) (crc.getValue() >>> (8 * i));
            }
            file.put("crc32", crc.getValue());
            files.put(MANIFEST, Json.MAPPER.writeValueAsBytes(manifest));
            TestService.Answer answer = restore("fresh", packed(files));
            assertThat(answer.status()).as("round %d: %s", round, answer.body()).isIn(201, 400, 422);
            if (answer.status() == 201) {
                service.delete("/v1/collections/fresh");
            }
        }
    }

    @Test
    void noise_isRefused() {
        var random = new Random(9);
        for (int round = 0; round < 50; round++) {
            var noise = new byte[random.nextInt(5_000)];
            random.nextBytes(noise);
            assertThat(restore("docs", noise).status()).isEqualTo(400);
            byte[] changed = tar.clone();
            for (int i = 0; i < 20; i++) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
            }
            assertThat(restore("docs", changed).status()).isIn(400, 413, 422);
        }
    }
}
