package dev.siskin.retrieval;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The real service on a free port, and the few requests tests make of it. */
public final class TestService implements AutoCloseable {
    public static final int DIMENSIONS = 384;

    private final RetrievalService service;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Optional<String> key;
    private final Optional<String> tenant;

    private TestService(RetrievalService service, Optional<String> key, Optional<String> tenant) {
        this.service = service;
        this.key = key;
        this.tenant = tenant;
    }

    /** Starts it with its data in a folder. */
    public static TestService on(Path data) throws IOException {
        return on(data, Map.of());
    }

    /** Starts it with settings beside the usual ones. */
    public static TestService on(Path data, Map<String, String> more) throws IOException {
        return new TestService(RetrievalService.start(settings(data, more)), Optional.empty(), Optional.empty());
    }

    /** Settings of a service on a free port. */
    public static Settings settings(Path data, Map<String, String> more) {
        var values = new HashMap<>(Map.of("data", data.toString(), "retrieval.http.port", "0"));
        values.putAll(more);
        return Settings.of(values);
    }

    /** The same service asked with a key. */
    public TestService withKey(String value) {
        return new TestService(service, Optional.of(value), tenant);
    }

    /** The same service asked for a tenant. */
    public TestService forTenant(String value) {
        return new TestService(service, key, Optional.of(value));
    }

    /** The routes that are registered, as the router has them. */
    public Set<String> routes() {
        return service.routes();
    }

    /** A status and what came with it. */
    public record Answer(int status, String body, HttpResponse<String> response) {
        public JsonNode json() {
            return parse(body);
        }

        /** NDJSON, line by line. */
        public List<JsonNode> lines() {
            return body.lines().map(TestService::parse).toList();
        }

        public String detail() {
            return json().path("detail").asText();
        }
    }

    private static JsonNode parse(String text) {
        try {
            return Json.MAPPER.readTree(text);
        } catch (IOException malformed) {
            throw new AssertionError(text, malformed);
        }
    }

    public Answer get(String path) {
        return send("GET", path, "", "");
    }

    public Answer delete(String path) {
        return send("DELETE", path, "", "");
    }

    public Answer put(String path, String json) {
        return send("PUT", path, "application/json", json);
    }

    public Answer post(String path, String json) {
        return send("POST", path, "application/json", json);
    }

    public Answer upsert(String collection, String... lines) {
        String path = "/v1/collections/" + collection + "/documents";
        return send("POST", path, "application/x-ndjson", String.join("\n", lines) + "\n");
    }

    public Answer search(String collection, String json) {
        return post("/v1/collections/" + collection + "/search", json);
    }

    /** Ids of the documents a search finds, in order. */
    public List<String> found(String collection, String json) {
        var ids = new ArrayList<String>();
        search(collection, json)
                .json()
                .path("hits")
                .forEach(hit -> ids.add(hit.path("document_id").asText()));
        return ids;
    }

    public Answer send(String method, String path, String contentType, String body) {
        return send(method, path, contentType, BodyPublishers.ofString(body));
    }

    public Answer send(String method, String path, String contentType, HttpRequest.BodyPublisher body) {
        HttpRequest.Builder request = request(path).method(method, body);
        if (!contentType.isEmpty()) {
            request.header("Content-Type", contentType);
        }
        try {
            HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
            return new Answer(response.statusCode(), response.body(), response);
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(method + " " + path, failure);
        }
    }

    /** What a GET answers, as bytes. */
    public byte[] download(String path) {
        try {
            return http.send(request(path).build(), BodyHandlers.ofByteArray()).body();
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(path, failure);
        }
    }

    private HttpRequest.Builder request(String path) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.port() + path));
        key.ifPresent(value -> request.header("Authorization", "Bearer " + value));
        tenant.ifPresent(value -> request.header("X-Siskin-Tenant", value));
        return request;
    }

    /** A line with one chunk, to be embedded by the service. */
    public static String text(String id, String metadata, String text) {
        return "{\"id\":%s,\"metadata\":%s,\"chunks\":[{\"text\":%s,\"start\":0,\"end\":%d}]}"
                .formatted(quoted(id), metadata, quoted(text), text.length());
    }

    /** A line with one chunk a text, vectors given. */
    public static String line(String id, @Nullable String hash, String metadata, Map<String, float[]> chunks) {
        var texts = new ArrayList<String>();
        chunks.forEach((text, vector) -> texts.add("{\"text\":%s,\"start\":0,\"end\":%d,\"vector\":\"%s\"}"
                .formatted(quoted(text), text.length(), base64(vector))));
        return "{\"id\":%s,\"content_hash\":%s,\"metadata\":%s,\"chunks\":[%s]}"
                .formatted(quoted(id), hash == null ? "null" : quoted(hash), metadata, String.join(",", texts));
    }

    public static String line(String id, String metadata, String text, float[] vector) {
        return line(id, null, metadata, Map.of(text, vector));
    }

    public static String quoted(String text) {
        try {
            return Json.MAPPER.writeValueAsString(text);
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    public static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    /** A vector at an angle to the first axis, in the plane of the first two. */
    public static float[] at(double degrees) {
        var vector = new float[DIMENSIONS];
        vector[0] = (float) Math.cos(Math.toRadians(degrees));
        vector[1] = (float) Math.sin(Math.toRadians(degrees));
        return vector;
    }

    @Override
    public void close() {
        http.close();
        service.close();
    }
}
