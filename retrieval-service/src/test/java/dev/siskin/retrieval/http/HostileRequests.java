package dev.siskin.retrieval.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.siskin.api.Json;
import dev.siskin.retrieval.TestService;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Requests as a careless or hostile client sends them, drawn from a seed. To add a kind, write a method that makes one
 * and name it in {@link #kinds}.
 */
final class HostileRequests {
    private static final String COLLECTION = "/v1/collections/docs";
    private static final String JSON = "application/json";
    private static final String NDJSON = "application/x-ndjson";

    private static final String SEARCH = """
        {"query":"alder seeds","vector":null,"k":10,"mode":"hybrid","fusion":"convex",
         "filter":{"and":[{"eq":{"lang":"en"}},{"range":{"year":{"gte":2020}}}]},"oversample":3.0,"min_score":0.1,
         "max_per_document":2,"include":["text","metadata","highlights"],"deadline_ms":500,"exact":false}\
        """;
    private static final String LINE = """
        {"id":"x","title":"t","uri":"u","content_hash":"h","metadata":{"lang":"en","year":2020},\
        "chunks":[{"text":"finch","context":"c","heading":"h","page":1,"start":0,"end":5,"vector":"%s"}]}\
        """.formatted(TestService.base64(TestService.at(30)));
    private static final String EMBEDDINGS =
            "{\"input\":[\"a\",\"b\"],\"model\":\"bge-small-en-v1.5\",\"encoding_format\":\"float\",\"dimensions\":384}";
    private static final String SPEC =
            "{\"embedding_model\":\"bge-small-en-v1.5\",\"quantization\":\"int4\",\"language\":\"en\"}";

    private static final List<String> NUMBERS = List.of(
            "0",
            "-1",
            "1",
            "2147483647",
            "2147483648",
            "-9223372036854775809",
            "1e308",
            "1e309",
            "-1e-400",
            "0.5",
            "NaN",
            "Infinity",
            "-Infinity",
            "1e",
            "00",
            "0x10",
            "9".repeat(400),
            "1.7976931348623157e308",
            "1000",
            "1001");
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "\\u0000",
            "\\ud800",
            "\\udc00\\ud800",
            "\\ud83d\\ude00",
            "é",
            "a".repeat(9_000),
            "*",
            "../../etc/passwd",
            "%00",
            "\\n\\r",
            "AND OR NOT (",
            "2026-01-31",
            "9999999999-01-01",
            "+1000000000-12-31T23:59:59Z",
            "true",
            "\\u202e\\ufeff\\u2028",
            "<script>",
            "a\\\\",
            "null",
            "{{",
            "a ".repeat(4_000));

    /** Above the largest body a search may have. */
    private static final int MAX_REPEATED_CHARS = 1_200_000;

    private final Random random;

    HostileRequests(Random random) {
        this.random = random;
    }

    /**
     * A request as bytes of one connection.
     *
     * @param endsEarly whether fewer bytes of the body come than were announced
     */
    record Hostile(String method, String path, Map<String, String> headers, byte[] body, boolean endsEarly) {
        byte[] bytes(int port) {
            var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
            var all = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
            all.put("Host", "127.0.0.1:" + port);
            all.put("Connection", "close");
            all.put("Content-Length", Integer.toString(body.length + (endsEarly ? 100 : 0)));
            all.putAll(headers);
            all.forEach((name, value) ->
                    head.append(name).append(": ").append(value).append("\r\n"));
            var bytes = new ByteArrayOutputStream();
            bytes.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
            bytes.writeBytes(body);
            return bytes.toByteArray();
        }

        /** Whether the request asks for what may not be there in time: 503 and 504 are answers then. */
        boolean mayBeLate() {
            String text = new String(body, StandardCharsets.UTF_8);
            return text.contains("deadline_ms") || text.contains("min_generation");
        }

        @Override
        public String toString() {
            String text = new String(body, StandardCharsets.UTF_8);
            return "%s %s %s %s".formatted(method, path, headers, text.substring(0, Math.min(600, text.length())));
        }
    }

    Hostile next() {
        List<Supplier<Hostile>> kinds = kinds();
        return kinds.get(random.nextInt(kinds.size())).get();
    }

    private List<Supplier<Hostile>> kinds() {
        return List.of(
                this::mutatedSearch,
                this::mutatedSearch,
                this::fieldOfAnotherKind,
                this::fieldOfAnotherKind,
                this::vector,
                this::filter,
                this::filter,
                this::extremeNumbers,
                this::nested,
                this::endsEarly,
                this::brokenLines,
                this::brokenLines,
                this::embeddings,
                this::spec,
                this::ids,
                this::page,
                this::deletion,
                this::contentType,
                this::header,
                this::noise);
    }

    // ---- kinds --------------------------------------------------------------------------------

    private Hostile mutatedSearch() {
        return search(mutated(SEARCH));
    }

    private Hostile fieldOfAnotherKind() {
        return search(withAnotherValue(SEARCH).getBytes(StandardCharsets.UTF_8));
    }

    private Hostile vector() {
        int size = one(List.of(0, 1, 383, 384, 384, 384, 385, 5_000));
        String value = one(NUMBERS);
        var vector = new StringBuilder("[");
        for (int i = 0; i < size; i++) {
            vector.append(i == 0 ? "" : ",").append(random.nextInt(50) == 0 ? value : "0.1");
        }
        var floats = new float[size];
        for (int i = 0; i < size; i++) {
            floats[i] = random.nextInt(50) == 0 ? one(List.of(Float.NaN, Float.POSITIVE_INFINITY, 3e38f, 1e-40f)) : 0;
        }
        String packed = "\"" + TestService.base64(floats) + one(List.of("", "", "=", "AAA")) + "\"";
        String sent = random.nextBoolean() ? vector + "]" : packed;
        String line =
                "{\"id\":\"v\",\"chunks\":[{\"text\":\"a\",\"start\":0,\"end\":1,\"vector\":%s}]}\n".formatted(sent);
        return random.nextInt(3) == 0
                ? lines(line.getBytes(StandardCharsets.UTF_8))
                : search("{\"mode\":\"vector\",\"vector\":%s,\"k\":5}"
                        .formatted(sent)
                        .getBytes(StandardCharsets.UTF_8));
    }

    private Hostile filter() {
        String mode = one(List.of("hybrid", "vector", "keyword"));
        String body = "{\"query\":\"alder\",\"vector\":\"%s\",\"mode\":\"%s\",\"exact\":%b,\"filter\":%s}"
                .formatted(
                        TestService.base64(TestService.at(5)), mode, random.nextBoolean(), filter(random.nextInt(14)));
        return search(body.getBytes(StandardCharsets.UTF_8));
    }

    private String filter(int depth) {
        String field = "\"" + one(List.of("lang", "year", "on", "ok", "tags", "none", "", "\\ud800", "m:lang")) + "\"";
        if (depth <= 0 || random.nextInt(4) == 0) {
            return switch (random.nextInt(7)) {
                case 0 -> "{\"eq\":{%s:%s}}".formatted(field, value());
                case 1 -> "{\"in\":{%s:[%s]}}".formatted(field, repeated(value(), one(List.of(0, 1, 3, 1_024, 1_025))));
                case 2 ->
                    "{\"range\":{%s:{\"%s\":%s,\"lt\":%s}}}"
                            .formatted(field, one(List.of("gt", "gte", "lte", "eq")), value(), value());
                case 3 -> "{\"exists\":%s}".formatted(random.nextInt(4) == 0 ? value() : field);
                case 4 -> "{\"prefix\":{%s:%s}}".formatted(field, value());
                case 5 -> value();
                default -> "{}";
            };
        }
        return switch (random.nextInt(3)) {
            case 0 -> "{\"not\":%s}".formatted(filter(depth - 1));
            case 1 -> "{\"and\":[%s]}".formatted(repeated(filter(depth - 1), random.nextInt(4)));
            default -> "{\"or\":[%s]}".formatted(repeated(filter(depth - 3), one(List.of(0, 1, 2, 63, 64, 65))));
        };
    }

    private Hostile extremeNumbers() {
        String field = one(List.of("k", "oversample", "min_score", "max_per_document", "deadline_ms"));
        String body = "{\"query\":\"alder\",\"vector\":\"%s\",\"%s\":%s}"
                .formatted(TestService.base64(TestService.at(5)), field, one(NUMBERS));
        return search(body.getBytes(StandardCharsets.UTF_8));
    }

    private Hostile nested() {
        int depth = one(List.of(10, 63, 64, 65, 1_000, 50_000));
        String open = one(List.of("[", "{\"filter\":", "{\"a\":", "{\"filter\":{\"not\":"));
        String body = open.repeat(depth) + one(List.of("", "1", "]".repeat(depth), "}".repeat(depth)));
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return one(List.of(search(bytes), lines(bytes), post("/v1/embeddings", JSON, bytes)));
    }

    private Hostile endsEarly() {
        Hostile whole = one(
                List.of(search(SEARCH.getBytes(StandardCharsets.UTF_8)), lines(LINE.getBytes(StandardCharsets.UTF_8))));
        return new Hostile(whole.method(), whole.path(), whole.headers(), whole.body(), true);
    }

    private Hostile brokenLines() {
        var body = new ByteArrayOutputStream();
        for (int i = random.nextInt(5); i >= 0; i--) {
            body.writeBytes(
                    switch (random.nextInt(4)) {
                        case 0 -> mutated(LINE);
                        case 1 -> withAnotherValue(LINE).getBytes(StandardCharsets.UTF_8);
                        case 2 -> bytes(random.nextInt(200));
                        default -> LINE.getBytes(StandardCharsets.UTF_8);
                    });
            body.writeBytes(
                    one(List.of("\n", "\n", "\r\n", "\n\n\n", "", "\u2028")).getBytes(StandardCharsets.UTF_8));
        }
        return lines(body.toByteArray());
    }

    private Hostile embeddings() {
        byte[] body = random.nextBoolean()
                ? mutated(EMBEDDINGS)
                : withAnotherValue(EMBEDDINGS).getBytes(StandardCharsets.UTF_8);
        return post("/v1/embeddings", JSON, body);
    }

    /** Names that cannot be, or that exist: nothing is created. */
    private Hostile spec() {
        String name = one(List.of("docs", "docs", "UPPER", "a".repeat(65), "-a", "%2e%2e", "a%2Fb", "%00", "é"));
        byte[] body =
                random.nextBoolean() ? mutated(SPEC) : withAnotherValue(SPEC).getBytes(StandardCharsets.UTF_8);
        return new Hostile("PUT", "/v1/collections/" + name, Map.of("Content-Type", JSON), body, false);
    }

    private Hostile ids() {
        String id = one(List.of(
                "%00",
                "%ff",
                "a/../b",
                "..%2f..%2f",
                "%E2%82",
                "a".repeat(2_000),
                "//",
                "%25",
                "x;y=z",
                "%F0%9F%98%80",
                "a b"));
        String method = one(List.of("GET", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"));
        return new Hostile(method, COLLECTION + "/documents/" + id, Map.of(), new byte[0], false);
    }

    private Hostile page() {
        String query = one(List.of("limit", "cursor", "prefix", "limit=1&cursor")) + "="
                + one(List.of("", "0", "-1", "1e9", "x", "%00", "AAAA", "%ff%fe", "=", "%ED%A0%80", "99999999999"));
        return new Hostile("GET", COLLECTION + "/documents?" + query, Map.of(), new byte[0], false);
    }

    private Hostile deletion() {
        String ids = "{\"ids\":[%s]}".formatted(repeated(value(), one(List.of(0, 1, 3, 2_000))));
        String body = random.nextBoolean() ? ids : "{\"filter\":{\"eq\":{\"none\":%s}}}".formatted(value());
        String route = one(List.of("/documents/delete", "/documents/status", "/documents/parts"));
        return post(COLLECTION + route, JSON, body.getBytes(StandardCharsets.UTF_8));
    }

    private Hostile contentType() {
        String type = one(
                List.of("", "text/plain", "application/json;charset=utf-16", "application/jsonp", "*/*", ";", JSON));
        return post(
                COLLECTION + "/search",
                type,
                one(List.of("", "null", "[]", "1", "\"\"", SEARCH)).getBytes(StandardCharsets.UTF_8));
    }

    private Hostile header() {
        var headers = new TreeMap<>(Map.of("Content-Type", JSON));
        headers.put(
                one(List.of(
                        "Host",
                        "Origin",
                        "X-Siskin-Tenant",
                        "X-Request-Id",
                        "Authorization",
                        "Expect",
                        "Content-Length",
                        "Transfer-Encoding",
                        "Content-Encoding")),
                one(List.of(
                        "",
                        "evil.example",
                        "a".repeat(20_000),
                        "\u0001",
                        "é",
                        "-1",
                        "gzip",
                        "default",
                        "100-continue")));
        return new Hostile("POST", COLLECTION + "/search", headers, SEARCH.getBytes(StandardCharsets.UTF_8), false);
    }

    private Hostile noise() {
        return one(List.of(search(bytes(random.nextInt(2_000))), lines(bytes(random.nextInt(2_000)))));
    }

    // ---- pieces -------------------------------------------------------------------------------

    private static Hostile search(byte[] body) {
        return post(COLLECTION + "/search", JSON, body);
    }

    private static Hostile lines(byte[] body) {
        return post(COLLECTION + "/documents", NDJSON, body);
    }

    private static Hostile post(String path, String contentType, byte[] body) {
        return new Hostile("POST", path, Map.of("Content-Type", contentType), body, false);
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private byte[] bytes(int count) {
        var bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    /** At most some megabytes of it: filters nest repetitions in repetitions. */
    private static String repeated(String value, int times) {
        int most = Math.max(1, MAX_REPEATED_CHARS / (value.length() + 1));
        return String.join(",", Collections.nCopies(Math.min(times, most), value));
    }

    private String value() {
        return switch (random.nextInt(6)) {
            case 0, 1 -> "\"" + one(TEXTS) + "\"";
            case 2, 3 -> one(NUMBERS);
            case 4 -> one(List.of("true", "null", "[]", "{}", "[\"a\",1]"));
            default -> "\"en\"";
        };
    }

    /** A few bytes of it changed, left out, doubled or added. */
    private byte[] mutated(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(bytes.length);
            int length = Math.min(bytes.length - at, 1 + random.nextInt(20));
            var changed = new ByteArrayOutputStream();
            changed.write(bytes, 0, at);
            switch (random.nextInt(4)) {
                case 0 -> changed.writeBytes(bytes(length));
                case 1 -> changed.write(bytes, at, 0);
                case 2 -> {
                    changed.write(bytes, at, length);
                    changed.write(bytes, at, length);
                }
                default -> changed.writeBytes(value().getBytes(StandardCharsets.UTF_8));
            }
            changed.write(bytes, at + length, bytes.length - at - length);
            bytes = changed.size() == 0 ? new byte[] {'{'} : changed.toByteArray();
        }
        return bytes;
    }

    /** Well-formed where the value is, one field of it holding something else. */
    private String withAnotherValue(String text) {
        try {
            var holders = new ArrayList<ObjectNode>();
            JsonNode root = Json.MAPPER.readTree(text);
            collect(root, holders);
            ObjectNode holder = one(holders);
            List<String> names = new ArrayList<>();
            holder.fieldNames().forEachRemaining(names::add);
            holder.put(one(names), "@VALUE@");
            return Json.MAPPER.writeValueAsString(root).replace("\"@VALUE@\"", value());
        } catch (IOException impossible) {
            throw new AssertionError(text, impossible);
        }
    }

    private static void collect(JsonNode node, List<ObjectNode> holders) {
        if (node instanceof ObjectNode object && !object.isEmpty()) {
            holders.add(object);
        }
        node.forEach(child -> collect(child, holders));
    }
}
