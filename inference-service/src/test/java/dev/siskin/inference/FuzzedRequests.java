package dev.siskin.inference;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.siskin.api.Json;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Requests to the operations of an OpenAPI document: valid, near-valid and nonsense ones. Each is made by its number. */
final class FuzzedRequests {
    private static final String JSON = "application/json";
    private static final List<String> METHODS =
            List.of("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW", "get");
    private static final List<String> CONTENT_TYPES = List.of(
            "",
            "text/plain",
            "application/x-ndjson",
            "application/json; charset=utf-7",
            "application/json; charset=\"",
            "application/jsonp",
            "multipart/form-data",
            "APPLICATION/JSON",
            "application/x-www-form-urlencoded",
            ";",
            "application/json, text/plain");
    private static final List<String> HEADERS = List.of(
            "X-Request-Id: ../../x",
            "X-Request-Id: " + "i".repeat(65),
            "X-Request-Id: a-good_one.1",
            "X-Siskin-Tenant: default",
            "X-Siskin-Tenant: other",
            "X-Siskin-Tenant: ",
            "Authorization: Bearer ",
            "Authorization: Basic eDp5",
            "Origin: http://evil.example",
            "Origin: null",
            "Accept: text/event-stream",
            "Accept-Encoding: gzip, br;q=0",
            "X-Forwarded-For: 192.0.2.1, ,%%",
            "X-Forwarded-Host: evil.example",
            "X-HTTP-Method-Override: DELETE",
            "Range: bytes=0-0",
            "If-None-Match: *",
            "Cookie: " + "c=1; ".repeat(100),
            "Content-Encoding: gzip",
            "X-Long: " + "y".repeat(20_000));

    private final JsonNode document;
    private final Map<String, List<JsonNode>> sensible;
    private final List<Operation> operations;
    private final long seed;

    private record Operation(String method, String path, JsonNode described) {}

    /**
     * A request as it goes over the wire.
     *
     * @param operation of the document that it is to; empty where method or path are none of the document's
     * @param endsEarly whether the bytes end before the request does
     */
    record Fuzzed(String method, Optional<JsonNode> operation, byte[] bytes, boolean endsEarly) {
        @Override
        public String toString() {
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            return text.substring(0, Math.min(text.length(), 700));
        }
    }

    /** @param sensible values by the name of a property or parameter that the service does something with */
    FuzzedRequests(JsonNode document, Map<String, List<JsonNode>> sensible, long seed) {
        this.document = document;
        this.sensible = sensible;
        this.seed = seed;
        this.operations = new ArrayList<>();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(verb -> {
                    var operation =
                            new Operation(verb.getKey().toUpperCase(Locale.ROOT), path.getKey(), verb.getValue());
                    // those that read a body have more to go wrong
                    operations.addAll(
                            Collections.nCopies(operation.described().has("requestBody") ? 12 : 1, operation));
                }));
    }

    Fuzzed request(int number) {
        var random = new Random(seed * 1_000_003 + number);
        var values = new SchemaFuzzer(document, sensible, random);
        Operation operation = operations.get(random.nextInt(operations.size()));
        double oddness = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.2;
        boolean otherMethod = random.nextInt(25) == 0;
        String method = otherMethod ? pick(METHODS, random) : operation.method();
        String path = path(operation, values, oddness);
        boolean otherPath = random.nextInt(20) == 0;
        String target = otherPath ? mangled(path, random) : path + query(random);
        boolean reads = operation.described().has("requestBody");
        byte[] body = reads || random.nextInt(20) == 0 ? body(operation, values, oddness, random) : new byte[0];
        return assembled(
                method,
                target,
                reads,
                body,
                otherMethod || otherPath ? Optional.empty() : Optional.of(operation),
                random);
    }

    private Fuzzed assembled(
            String method, String target, boolean reads, byte[] body, Optional<Operation> operation, Random random) {
        var head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
        head.append(random.nextInt(100) == 0 ? "Host: evil.example\r\n" : "Host: localhost\r\n");
        head.append("Connection: close\r\n");
        String contentType = random.nextInt(12) == 0 ? pick(CONTENT_TYPES, random) : JSON;
        if ((reads || body.length > 0) && !contentType.isEmpty()) {
            head.append("Content-Type: ").append(contentType).append("\r\n");
        }
        for (int more = random.nextInt(6); more > 4 - random.nextInt(2); more--) {
            head.append(pick(HEADERS, random)).append("\r\n");
        }
        byte[] sent = body;
        boolean endsEarly = false;
        if (reads || body.length > 0) {
            switch (random.nextInt(30)) {
                case 0 -> {
                    head.append("Transfer-Encoding: chunked\r\n");
                    endsEarly = random.nextInt(3) == 0;
                    sent = chunked(body, !endsEarly);
                }
                case 1 -> {
                    head.append("Content-Length: ")
                            .append(body.length + 1 + random.nextInt(50))
                            .append("\r\n");
                    endsEarly = true;
                }
                default -> head.append("Content-Length: ").append(body.length).append("\r\n");
            }
        }
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(head.append("\r\n").toString().getBytes(UTF_8));
        bytes.writeBytes(sent);
        return new Fuzzed(method, operation.map(Operation::described), bytes.toByteArray(), endsEarly);
    }

    private static byte[] chunked(byte[] body, boolean whole) {
        var chunks = new ByteArrayOutputStream();
        for (int at = 0; at < body.length; at += 1_000) {
            int length = Math.min(1_000, body.length - at);
            chunks.writeBytes((Integer.toHexString(length) + "\r\n").getBytes(UTF_8));
            chunks.write(body, at, length);
            chunks.writeBytes("\r\n".getBytes(UTF_8));
        }
        chunks.writeBytes("0\r\n\r\n".getBytes(UTF_8));
        byte[] all = chunks.toByteArray();
        return whole ? all : Arrays.copyOf(all, body.length / 2);
    }

    private String path(Operation operation, SchemaFuzzer values, double oddness) {
        String path = operation.path();
        for (JsonNode parameter : operation.described().path("parameters")) {
            String name = parameter.path("name").asText();
            if (parameter.path("in").asText().equals("path")) {
                String value = values.text(name, oddness);
                // a parameter that is empty makes another path
                String segment = value.isEmpty() || value.length() > 2_000 ? "x" : value;
                path = path.replace(
                        "{" + name + "}", URLEncoder.encode(segment, UTF_8).replace("+", "%20"));
            }
        }
        return path;
    }

    private static String query(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> "?a=1&a=2&=&&%";
            case 1 -> "?" + "q".repeat(random.nextInt(3_000));
            case 2 -> "?stream=true&question=%F0%9F%A6%80";
            default -> "";
        };
    }

    private static String mangled(String path, Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> path + "/";
            case 1 -> path.replace("/", "//");
            case 2 -> path + "/../" + "x";
            case 3 -> path + "/%2e%2e/%2e%2e";
            case 4 -> path.toUpperCase(Locale.ROOT);
            case 5 -> path + "%zz";
            case 6 -> path + "%00";
            case 7 -> path + ";jsessionid=1";
            case 8 -> path + "/" + "p".repeat(20_000);
            case 9 -> "http://localhost" + path;
            case 10 -> "*";
            default -> path + "\u00e9\ud83e\udd80";
        };
    }

    private byte[] body(Operation operation, SchemaFuzzer values, double oddness, Random random) {
        JsonNode schema = operation.described().at("/requestBody/content/application~1json/schema");
        byte[] body = bytes(values.value(schema, oddness));
        return random.nextInt(4) == 0 ? damaged(body, random) : body;
    }

    private static byte[] bytes(JsonNode value) {
        try {
            return Json.MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException unpaired) {
            // half a surrogate pair cannot be written as UTF-8
            return bytes(TextNode.valueOf("x"));
        }
    }

    private static byte[] damaged(byte[] body, Random random) {
        String text = new String(body, UTF_8);
        return switch (random.nextInt(12)) {
            case 0 -> Arrays.copyOf(body, random.nextInt(body.length + 1));
            case 1 -> flipped(body, random);
            case 2 -> (text + text).getBytes(UTF_8);
            case 3 -> ("\ufeff" + text).getBytes(UTF_8);
            case 4 ->
                text.getBytes(pick(
                        List.of(StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE, Charset.forName("UTF-32")),
                        random));
            case 5 ->
                text.replaceFirst("\\{", "{\"question\":\"a\",\"question\":\"b\",")
                        .getBytes(UTF_8);
            case 6 -> text.replace("true", "NaN").replace("null", "01").getBytes(UTF_8);
            case 7 -> new byte[0];
            case 8 -> "[".repeat(100_000).getBytes(UTF_8);
            case 9 -> text.replaceFirst("\\}$", "/* x */}").getBytes(UTF_8);
            case 10 -> (text + " ".repeat(300_000)).getBytes(UTF_8);
            default -> text.replaceAll("\"word\\d+\"", "\"\\\\ud800\"").getBytes(UTF_8);
        };
    }

    private static byte[] flipped(byte[] body, Random random) {
        byte[] flipped = body.clone();
        for (int i = 0; i < 1 + body.length / 50 && body.length > 0; i++) {
            flipped[random.nextInt(body.length)] = (byte) random.nextInt(256);
        }
        return flipped;
    }

    private static <T> T pick(List<T> choices, Random random) {
        return choices.get(random.nextInt(choices.size()));
    }
}
