package dev.siskin.inference.generation.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Json;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** An endpoint that answers as the test says, byte by byte, and knows when a client has gone. */
public final class EndpointStandIn implements AutoCloseable {
    /** The beginning of a good answer; its body ends with the connection. */
    public static final String STREAM =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n";

    public static final String DONE = "data: [DONE]\n\n";

    /** A request as it came. */
    public record Request(String head, String body) {}

    /** Answers one request. */
    public interface Behaviour {
        void answer(Exchange exchange) throws IOException, InterruptedException;
    }

    /** A connection with its one request read. */
    public record Exchange(Request request, Socket socket) {
        public Exchange send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            return this;
        }

        /** Sends pieces of the answer. */
        public Exchange say(String... pieces) throws IOException {
            for (String piece : pieces) {
                send(event(Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of("content", piece))))));
            }
            return this;
        }

        /** Ends the answer as OpenAI does. */
        public void finish(String reason, int promptTokens, int completionTokens) throws IOException {
            send(event(Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of(), "finish_reason", reason)))));
            send(event(Map.of(
                    "choices",
                    List.of(),
                    "usage",
                    Map.of("prompt_tokens", promptTokens, "completion_tokens", completionTokens))));
            send(DONE);
        }

        /** Waits until the client closes its side. */
        public void awaitClosed() throws IOException {
            while (socket.getInputStream().read() >= 0) {
                // a client that has asked has nothing more to say
            }
        }
    }

    public final List<Request> requests = new CopyOnWriteArrayList<>();
    public final CountDownLatch left = new CountDownLatch(1);
    public volatile Behaviour behaviour = exchange -> {};
    private final ServerSocket server;

    public EndpointStandIn() {
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** A behaviour that sends this and closes. */
    public static Behaviour sends(String response) {
        return exchange -> exchange.send(response);
    }

    /** A behaviour that refuses. */
    public static Behaviour refuses(String status, String headers, String body) {
        return sends("HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nConnection: close\r\n" + headers
                + "\r\n" + body);
    }

    /** One event of a stream. */
    public static String event(Object json) {
        try {
            return "data: " + Json.MAPPER.writeValueAsString(json) + "\n\n";
        } catch (JsonProcessingException unwritable) {
            throw new IllegalArgumentException(unwritable);
        }
    }

    public String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/v1";
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            Request request = read(new BufferedInputStream(socket.getInputStream()));
            requests.add(request);
            behaviour.answer(new Exchange(request, socket));
        } catch (IOException gone) {
            left.countDown();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static Request read(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no request");
            }
            head.append((char) next);
        }
        String length = head.toString()
                .lines()
                .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("0");
        return new Request(
                head.toString(), new String(in.readNBytes(Integer.parseInt(length)), StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
