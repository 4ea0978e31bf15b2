package dev.siskin.inference.retrieval;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** A retrieval tier as bad as a test wants it, on bare sockets. */
final class SocketStandIn implements AutoCloseable {
    /** A search that found one chunk, generation 42. */
    static final String FOUND = """
            {"hits":[{"document_id":"a","chunk":0,"score":0.5,"scores":{"cosine":0.5},"ranks":{},"text":"Some text.",\
            "start":10,"end":20,"highlights":[{"start":10,"end":20,"score":1}]}],\
            "generation":42,"timings_ms":{"embed":0,"search":0,"total":0}}""";

    /** Requests, line and body. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    /** Opened by the first client that closes its connection while it is being served. */
    final CountDownLatch clientLeft = new CountDownLatch(1);

    volatile Behaviour behaviour = answer(200, FOUND);
    private final ServerSocket server;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

    /** What becomes of a request. */
    interface Behaviour {
        /** Answers, or does not; afterwards the connection is closed unless it returns true. */
        boolean serve(SocketStandIn standIn, Socket connection) throws IOException;
    }

    SocketStandIn() {
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
        Thread.ofVirtual().start(this::accept);
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    String name() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    long searches() {
        return requests.stream().filter(request -> request.contains("/search")).count();
    }

    /** An answer by the book. */
    static Behaviour answer(int status, String body, String... headers) {
        return (_, connection) -> {
            write(connection, head(status, body.length(), headers) + body);
            return true;
        };
    }

    /** These bytes, and the end of the connection. */
    static Behaviour bytes(String raw) {
        return (_, connection) -> {
            write(connection, raw);
            return false;
        };
    }

    static Behaviour closing() {
        return (_, _) -> false;
    }

    /** Says nothing until the client leaves. */
    static Behaviour hanging() {
        return (standIn, connection) -> {
            if (connection.getInputStream().read() < 0) {
                standIn.clientLeft.countDown();
            }
            return false;
        };
    }

    /** Begins an answer and goes on a byte at a time until the client leaves. */
    static Behaviour dripping() {
        return (standIn, connection) -> {
            write(connection, head(200, 1 << 20));
            connection.setSoTimeout(20);
            while (true) {
                write(connection, " ");
                try {
                    if (connection.getInputStream().read() < 0) {
                        standIn.clientLeft.countDown();
                        return false;
                    }
                } catch (java.net.SocketTimeoutException stillThere) {
                    // the next byte
                }
            }
        };
    }

    /** An answer without end. */
    static Behaviour endless() {
        return (standIn, connection) -> {
            write(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n[");
            String some = "1,".repeat(32_768);
            try {
                while (true) {
                    write(connection, some);
                }
            } catch (IOException left) {
                standIn.clientLeft.countDown();
                return false;
            }
        };
    }

    private static String head(int status, int length, String... headers) {
        return "HTTP/1.1 " + status + " X\r\nContent-Type: application/json\r\nContent-Length: " + length + "\r\n"
                + String.join("", headers) + "\r\n";
    }

    private static void write(Socket connection, String text) throws IOException {
        OutputStream out = connection.getOutputStream();
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket connection = server.accept();
                if (server.isClosed()) {
                    connection.close();
                    return;
                }
                connections.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            InputStream in = new BufferedInputStream(connection.getInputStream());
            for (String request = read(in); !request.isEmpty(); request = read(in)) {
                requests.add(request);
                if (!behaviour.serve(this, connection)) {
                    return;
                }
            }
        } catch (IOException broken) {
            clientLeft.countDown();
        } finally {
            connections.remove(connection);
        }
    }

    /** Request line and body; empty at the end of the connection. */
    private static String read(InputStream in) throws IOException {
        String first = line(in);
        int length = 0;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            if (header.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                length = Integer.parseInt(header.substring(15).strip());
            }
        }
        return first.isEmpty() ? "" : first + " " + new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket connection : connections) {
                connection.close();
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
