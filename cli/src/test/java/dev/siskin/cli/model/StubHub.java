package dev.siskin.cli.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.siskin.api.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A hub with one repository, {@code acme/Model-1}, that answers as the public one does, and misbehaves where a fault
 * is set for a file: each fault counts for one request.
 */
final class StubHub implements AutoCloseable {
    static final String REPOSITORY = "acme/Model-1";

    private static final String LISTING = "/api/models/" + REPOSITORY + "/tree/main";
    private static final String FILES = "/" + REPOSITORY + "/resolve/main/";
    private static final int LARGE_BYTES = 1_000;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, byte[]> files = new TreeMap<>();
    private final Map<String, byte[]> elsewhere = new ConcurrentHashMap<>();
    private final Map<String, List<Fault>> faults = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private int pageSize = 1_000;

    /** A request that came. */
    record Request(String path, String range, String authorization) {}

    /** Answers in the place of the hub. */
    @FunctionalInterface
    interface Fault {
        void answer(HttpExchange exchange, byte[] content) throws IOException;
    }

    StubHub() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    StubHub with(String path, String content) {
        return with(path, content.getBytes(StandardCharsets.UTF_8));
    }

    StubHub with(String path, byte[] content) {
        files.put(path, content);
        return this;
    }

    /** Content at a path of the host that is no file of the repository. */
    void elsewhere(String path, byte[] content) {
        elsewhere.put(path, content);
    }

    StubHub pagesOf(int entries) {
        pageSize = entries;
        return this;
    }

    /** What happens to the next requests for a file, or for the listing where the path is empty. */
    void fault(String path, Fault... next) {
        faults.put(path, new CopyOnWriteArrayList<>(List.of(next)));
    }

    /** The requests for a file so far. */
    List<Request> requests(String path) {
        return requests.stream().filter(request -> request.path().equals(path)).toList();
    }

    List<Request> requests() {
        return List.copyOf(requests);
    }

    /** Sends so many bytes and ends the answer as if that were all. */
    static Fault endAfter(int bytes) {
        return (exchange, content) -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(content, 0, bytes);
        };
    }

    /** Sends so many bytes of the whole and breaks the connection off; some of them may be lost on the way. */
    static Fault cutAfter(int bytes) {
        return (exchange, content) -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, bytes);
            exchange.getResponseBody().flush();
        };
    }

    static Fault status(int status) {
        return (exchange, content) -> exchange.sendResponseHeaders(status, -1);
    }

    static Fault redirect(String location) {
        return (exchange, content) -> {
            exchange.getResponseHeaders().set("Location", location);
            exchange.sendResponseHeaders(302, -1);
        };
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String file = path.startsWith(FILES) ? path.substring(FILES.length()) : path.equals(LISTING) ? "" : path;
            requests.add(new Request(file, header(exchange, "Range"), header(exchange, "Authorization")));
            byte[] content = file.isEmpty() ? listing(exchange) : elsewhere.getOrDefault(file, files.get(file));
            Optional<Fault> fault = nextFault(file);
            if (fault.isPresent()) {
                fault.get().answer(exchange, content == null ? new byte[0] : content);
            } else if (content == null) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                send(exchange, content);
            }
        }
    }

    private synchronized Optional<Fault> nextFault(String file) {
        List<Fault> next = faults.getOrDefault(file, new ArrayList<>());
        return next.isEmpty() ? Optional.empty() : Optional.of(next.removeFirst());
    }

    private static void send(HttpExchange exchange, byte[] content) throws IOException {
        String range = header(exchange, "Range");
        int from = range.isEmpty() ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
        if (from > 0) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length == from ? -1 : content.length - from);
        exchange.getResponseBody().write(content, from, content.length - from);
    }

    private static String header(HttpExchange exchange, String name) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name)).orElse("");
    }

    private byte[] listing(HttpExchange exchange) {
        String query = exchange.getRequestURI().getQuery();
        int first = query.contains("cursor=") ? Integer.parseInt(query.replaceAll(".*cursor=(\\d+).*", "$1")) : 0;
        ArrayNode page = Json.MAPPER.createArrayNode();
        page.addObject()
                .put("type", "directory")
                .put("path", "onnx")
                .put("oid", "0")
                .put("size", 0);
        files.entrySet().stream()
                .skip(first)
                .limit(pageSize)
                .forEach(file -> entry(page, file.getKey(), file.getValue()));
        if (first + pageSize < files.size()) {
            exchange.getResponseHeaders()
                    .set(
                            "Link",
                            "<%s%s?recursive=true&cursor=%d>; rel=\"next\""
                                    .formatted(address(), LISTING, first + pageSize));
        }
        return page.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void entry(ArrayNode page, String path, byte[] content) {
        ObjectNode entry = page.addObject();
        entry.put("type", "file").put("path", path).put("size", content.length);
        var blob = new ByteArrayOutputStream();
        blob.writeBytes(("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII));
        blob.writeBytes(content);
        entry.put("oid", hex("SHA-1", blob.toByteArray()));
        if (content.length >= LARGE_BYTES) {
            entry.putObject("lfs")
                    .put("oid", hex("SHA-256", content))
                    .put("size", content.length)
                    .put("pointerSize", 134);
        }
    }

    private static String hex(String algorithm, byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
