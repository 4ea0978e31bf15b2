package dev.siskin.bench.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.siskin.api.Json;
import dev.siskin.bench.dataset.Passages.Passage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** A server of vectors: how it is filled and asked. A passage's id is {@code p} and its number in the data set. */
sealed interface Target {
    static Target named(String name, URI server, String collection) {
        return switch (name) {
            case "siskin" -> new Siskin(server, collection);
            case "chroma" -> new Chroma(server, collection);
            case "opensearch" -> new OpenSearch(server, collection);
            default ->
                throw new IllegalArgumentException(
                        "unknown --target '%s'; known: siskin, chroma, opensearch".formatted(name));
        };
    }

    URI server();

    /** Makes the collection. */
    void create(Connection connection, String quantization) throws IOException;

    /** The request that stores passages. */
    byte[] bulk(List<Passage> passages) throws IOException;

    /**
     * Called once when everything is sent; returns when the server has made it searchable and has settled.
     *
     * @param quiet seconds without a change after which a server that does not say so has settled
     * @return seconds of the wait that nothing happened in
     */
    int settle(Connection connection, int quiet) throws IOException;

    /** Called once before searches: finds the collection, sets what the server keeps for it. */
    void prepare(Connection connection, int candidates) throws IOException;

    /** The request that finds a vector's nearest. */
    byte[] search(float[] vector, int k, int candidates) throws IOException;

    /** Numbers of the passages in an answer, best first. */
    int[] found(byte[] answer) throws IOException;

    /** Sends a request and insists on its success; the answer. */
    default JsonNode exchange(Connection connection, String method, String path, JsonNode content) throws IOException {
        byte[] request = Connection.request(
                server(), method, path, "application/json", content.isEmpty() ? new byte[0] : bytes(content));
        int status = connection.exchange(request);
        if (status >= 300) {
            throw new IOException("%s %s answered %d: %s"
                    .formatted(method, path, status, new String(connection.body(), StandardCharsets.UTF_8)));
        }
        return Json.MAPPER.readTree(connection.body());
    }

    private static byte[] bytes(JsonNode json) throws IOException {
        return Json.MAPPER.writeValueAsBytes(json);
    }

    private static ObjectNode object() {
        return Json.MAPPER.createObjectNode();
    }

    private static ArrayNode numbers(float[] vector) {
        ArrayNode numbers = Json.MAPPER.createArrayNode();
        for (float value : vector) {
            numbers.add(value);
        }
        return numbers;
    }

    private static int number(JsonNode id) {
        return Integer.parseInt(id.asText(), 1, id.asText().length(), 10);
    }

    /** This project's retrieval-service: candidates are its oversampling, down to the floor of the level. */
    record Siskin(URI server, String collection) implements Target {
        private static final int LOOKS = 7200;

        private String path() {
            return "/v1/collections/" + collection;
        }

        @Override
        public void create(Connection connection, String quantization) throws IOException {
            exchange(connection, "PUT", path(), object().put("quantization", quantization));
        }

        @Override
        public byte[] bulk(List<Passage> passages) throws IOException {
            var lines = new ByteArrayOutputStream();
            for (Passage passage : passages) {
                ObjectNode document = object().put("id", passage.id());
                document.putArray("chunks")
                        .addObject()
                        .put("text", passage.text())
                        .put("start", 0)
                        .put("end", passage.text().length())
                        .put("vector", base64(passage.vector()));
                lines.write(Json.MAPPER.writeValueAsBytes(document));
                lines.write('\n');
            }
            return Connection.request(
                    server, "POST", path() + "/documents", "application/x-ndjson", lines.toByteArray());
        }

        /** Merges are over when the bytes on disk have not changed for a while. */
        @Override
        public int settle(Connection connection, int quiet) throws IOException {
            int unchanged = 0;
            JsonNode before = object();
            for (int look = 0; look < LOOKS && unchanged < quiet; look++) {
                JsonNode info = exchange(connection, "GET", path(), object());
                JsonNode bytes = info.path("bytes_on_disk");
                boolean quietNow = bytes.equals(before) && !info.path("merging").asBoolean();
                unchanged = quietNow ? unchanged + 1 : 0;
                before = bytes;
                pause();
            }
            return unchanged;
        }

        private static void pause() throws IOException {
            try {
                Thread.sleep(1000);
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", stop);
            }
        }

        @Override
        public void prepare(Connection connection, int candidates) throws IOException {
            exchange(connection, "GET", path(), object());
        }

        @Override
        public byte[] search(float[] vector, int k, int candidates) throws IOException {
            ObjectNode search =
                    object().put("vector", base64(vector)).put("k", k).put("mode", "vector");
            if (candidates > 0) {
                search.put("oversample", (double) candidates / k);
            }
            search.put("deadline_ms", 60_000).putArray("include");
            return Connection.request(server, "POST", path() + "/search", "application/json", bytes(search));
        }

        /** A search by words, which the service embeds. */
        byte[] searchText(String text, int k, String mode) throws IOException {
            ObjectNode search = object().put("query", text).put("k", k).put("mode", mode);
            search.put("deadline_ms", 60_000).putArray("include");
            return Connection.request(server, "POST", path() + "/search", "application/json", bytes(search));
        }

        @Override
        public int[] found(byte[] answer) throws IOException {
            JsonNode hits = Json.MAPPER.readTree(answer).path("hits");
            return hits.valueStream()
                    .mapToInt(hit -> number(hit.path("document_id")))
                    .toArray();
        }

        private static String base64(float[] vector) {
            ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(vector);
            return Base64.getEncoder().encodeToString(bytes.array());
        }
    }

    /** Chroma 1.x, its HTTP interface of version 2: candidates are {@code ef_search}. */
    final class Chroma implements Target {
        private static final String COLLECTIONS =
                "/api/v2/tenants/default_tenant/databases/default_database/collections";

        private final URI server;
        private final String collection;
        private String id = "";

        Chroma(URI server, String collection) {
            this.server = server;
            this.collection = collection;
        }

        @Override
        public URI server() {
            return server;
        }

        @Override
        public void create(Connection connection, String quantization) throws IOException {
            ObjectNode wanted = object().put("name", collection);
            wanted.putObject("configuration").putObject("hnsw").put("space", "cosine");
            id = exchange(connection, "POST", COLLECTIONS, wanted).path("id").asText();
        }

        @Override
        public byte[] bulk(List<Passage> passages) throws IOException {
            ObjectNode added = object();
            ArrayNode ids = added.putArray("ids");
            ArrayNode vectors = added.putArray("embeddings");
            ArrayNode texts = added.putArray("documents");
            for (Passage passage : passages) {
                ids.add(passage.id());
                vectors.add(numbers(passage.vector()));
                texts.add(passage.text());
            }
            return Connection.request(
                    server, "POST", COLLECTIONS + "/" + id + "/add", "application/json", bytes(added));
        }

        @Override
        public int settle(Connection connection, int quiet) {
            return 0;
        }

        @Override
        public void prepare(Connection connection, int candidates) throws IOException {
            id = exchange(connection, "GET", COLLECTIONS + "/" + collection, object())
                    .path("id")
                    .asText();
            if (candidates > 0) {
                ObjectNode changed = object();
                changed.putObject("new_configuration").putObject("hnsw").put("ef_search", candidates);
                exchange(connection, "PUT", COLLECTIONS + "/" + id, changed);
            }
        }

        @Override
        public byte[] search(float[] vector, int k, int candidates) throws IOException {
            ObjectNode search = object().put("n_results", k);
            search.putArray("query_embeddings").add(numbers(vector));
            search.putArray("include").add("distances");
            return Connection.request(
                    server, "POST", COLLECTIONS + "/" + id + "/query", "application/json", bytes(search));
        }

        @Override
        public int[] found(byte[] answer) throws IOException {
            JsonNode ids = Json.MAPPER.readTree(answer).path("ids").path(0);
            return ids.valueStream().mapToInt(Target::number).toArray();
        }
    }

    /** OpenSearch with its k-NN plugin's Lucene engine, scalar-quantized to 7 bits unless told {@code none}:
     * candidates are rescored. */
    record OpenSearch(URI server, String collection) implements Target {
        @Override
        public void create(Connection connection, String quantization) throws IOException {
            ObjectNode wanted = object();
            ObjectNode index = wanted.putObject("settings").putObject("index");
            index.put("knn", true).put("number_of_shards", 1).put("number_of_replicas", 0);
            index.put("knn.advanced.approximate_threshold", 0);
            ObjectNode properties = wanted.putObject("mappings").putObject("properties");
            properties.putObject("text").put("type", "text");
            ObjectNode vector = properties.putObject("vector");
            vector.put("type", "knn_vector").put("dimension", 384).put("space_type", "cosinesimil");
            ObjectNode method = vector.putObject("method");
            method.put("name", "hnsw").put("engine", "lucene");
            ObjectNode parameters = method.putObject("parameters");
            if (!quantization.equals("none")) {
                parameters
                        .putObject("encoder")
                        .put("name", "sq")
                        .putObject("parameters")
                        .put("bits", 7);
            }
            exchange(connection, "PUT", "/" + collection, wanted);
        }

        @Override
        public byte[] bulk(List<Passage> passages) throws IOException {
            var lines = new ByteArrayOutputStream();
            for (Passage passage : passages) {
                ObjectNode action = object();
                action.putObject("index").put("_id", passage.id());
                lines.write(bytes(action));
                lines.write('\n');
                ObjectNode document = object().put("text", passage.text());
                document.set("vector", numbers(passage.vector()));
                lines.write(bytes(document));
                lines.write('\n');
            }
            return Connection.request(
                    server, "POST", "/" + collection + "/_bulk", "application/x-ndjson", lines.toByteArray());
        }

        @Override
        public int settle(Connection connection, int quiet) throws IOException {
            exchange(connection, "POST", "/" + collection + "/_forcemerge?max_num_segments=1", object());
            exchange(connection, "POST", "/" + collection + "/_refresh", object());
            return 0;
        }

        @Override
        public void prepare(Connection connection, int candidates) throws IOException {
            exchange(connection, "GET", "/" + collection + "/_count", object());
        }

        @Override
        public byte[] search(float[] vector, int k, int candidates) throws IOException {
            ObjectNode search = object().put("size", k).put("_source", false);
            ObjectNode near = search.putObject("query").putObject("knn").putObject("vector");
            near.put("k", k).set("vector", numbers(vector));
            if (candidates > k) {
                near.putObject("rescore").put("oversample_factor", (double) candidates / k);
            }
            return Connection.request(server, "POST", "/" + collection + "/_search", "application/json", bytes(search));
        }

        @Override
        public int[] found(byte[] answer) throws IOException {
            JsonNode hits = Json.MAPPER.readTree(answer).path("hits").path("hits");
            return hits.valueStream().mapToInt(hit -> number(hit.path("_id"))).toArray();
        }
    }
}
