package dev.siskin.bench.serving;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Answers HTTP with bytes that were made before, as cheaply as may be, so that a measurement is of whom it serves. A
 * virtual thread for each connection, kept alive; on loopback.
 */
final class StandInServer implements AutoCloseable {
    private static final int BACKLOG = 1024;
    private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final String CONTENT_LENGTH = "\r\ncontent-length:";

    private final ServerSocket server;
    private final Answering answering;

    /** Makes the whole response to a request. */
    interface Answering {
        byte[] answer(String path) throws InterruptedException;
    }

    /** @param port 0 = any free one */
    StandInServer(int port, Answering answering) throws IOException {
        this.server = new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress());
        this.answering = answering;
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** A response as it goes over the wire. */
    static byte[] response(String status, String contentType, byte[] body) {
        byte[] head = "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
                .formatted(status, contentType, body.length)
                .getBytes(StandardCharsets.ISO_8859_1);
        byte[] response = new byte[head.length + body.length];
        System.arraycopy(head, 0, response, 0, head.length);
        System.arraycopy(body, 0, response, head.length, body.length);
        return response;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException closed) {
                if (!server.isClosed()) {
                    throw new UncheckedIOException("a stand-in cannot accept connections", closed);
                }
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
            OutputStream out = socket.getOutputStream();
            while (!server.isClosed()) {
                String head = readHead(in);
                in.skipNBytes(contentLength(head));
                out.write(answering.answer(head.split(" ", 3)[1]));
            }
        } catch (IOException gone) {
            // a client may leave at any time
            return;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    private static String readHead(InputStream in) throws IOException {
        var head = new StringBuilder();
        int matched = 0;
        while (matched < END_OF_HEAD.length) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the client has gone");
            }
            head.append((char) next);
            matched = next == END_OF_HEAD[matched] ? matched + 1 : next == END_OF_HEAD[0] ? 1 : 0;
        }
        return head.toString();
    }

    private static int contentLength(String head) {
        String fields = head.toLowerCase(Locale.ROOT);
        int at = fields.indexOf(CONTENT_LENGTH);
        if (at < 0) {
            return 0;
        }
        int from = at + CONTENT_LENGTH.length();
        return Integer.parseInt(
                fields.substring(from, fields.indexOf('\r', from)).strip());
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
