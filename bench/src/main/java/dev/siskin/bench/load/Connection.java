package dev.siskin.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * One HTTP/1.1 connection, kept alive: writes bytes that were made before, and reads of the answer no more than where it
 * ends. For one thread.
 */
public final class Connection implements AutoCloseable {
    private static final int TIMEOUT_MS = 600_000;
    private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};

    private final Socket socket;
    private final InputStream in;
    private byte[] buffer = new byte[64 * 1024];
    private int read;
    private byte[] body = new byte[64 * 1024];
    private int bodyLength;
    private int status;

    private Connection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
    }

    public static Connection to(URI server) throws IOException {
        Socket socket = new Socket(server.getHost(), server.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MS);
        return new Connection(socket);
    }

    /** A request as it goes over the wire. */
    public static byte[] request(URI server, String method, String path, String contentType, byte[] content) {
        return requestWith(server, method, path, "Content-Type: " + contentType, content);
    }

    /** The same with header fields as they are, {@code \r\n} between them. */
    public static byte[] requestWith(URI server, String method, String path, String fields, byte[] content) {
        byte[] head = "%s %s HTTP/1.1\r\nHost: %s:%d\r\n%s\r\nContent-Length: %d\r\n\r\n"
                .formatted(method, path, server.getHost(), server.getPort(), fields, content.length)
                .getBytes(StandardCharsets.ISO_8859_1);
        byte[] request = Arrays.copyOf(head, head.length + content.length);
        System.arraycopy(content, 0, request, head.length, content.length);
        return request;
    }

    /** Sends a request and reads the answer whole; its status. */
    public int exchange(byte[] request) throws IOException {
        socket.getOutputStream().write(request);
        int head = readHead();
        String fields = new String(buffer, 0, head, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
        status = Integer.parseInt(fields.substring(9, 12));
        bodyLength = 0;
        int at = head;
        if (fields.contains("\r\ntransfer-encoding: chunked")) {
            at = readChunks(at);
        } else if (status != 204) {
            at = readBody(at, length(fields));
        }
        read -= at;
        System.arraycopy(buffer, at, buffer, 0, read);
        return status;
    }

    /** The status of the last answer. */
    public int status() {
        return status;
    }

    /** The body of the last answer. */
    public byte[] body() {
        return Arrays.copyOf(body, bodyLength);
    }

    private int readHead() throws IOException {
        int searched = 0;
        while (true) {
            for (int at = searched; at + END_OF_HEAD.length <= read; at++) {
                if (Arrays.equals(buffer, at, at + END_OF_HEAD.length, END_OF_HEAD, 0, END_OF_HEAD.length)) {
                    return at + END_OF_HEAD.length;
                }
            }
            searched = Math.max(0, read - END_OF_HEAD.length + 1);
            fill();
        }
    }

    private static int length(String fields) throws IOException {
        String name = "\r\ncontent-length: ";
        int at = fields.indexOf(name);
        if (at < 0) {
            throw new IOException("the answer has neither a Content-Length nor chunks: "
                    + fields.lines().findFirst());
        }
        return Integer.parseInt(fields, at + name.length(), fields.indexOf('\r', at + name.length()), 10);
    }

    /** Takes so many bytes from here; where the buffer goes on. */
    private int readBody(int from, int length) throws IOException {
        int at = from;
        int missing = length;
        while (missing > 0) {
            if (at == read) {
                read = 0;
                at = 0;
                fill();
            }
            int taken = Math.min(missing, read - at);
            if (bodyLength + taken > body.length) {
                body = Arrays.copyOf(body, Math.max(body.length * 2, bodyLength + taken));
            }
            System.arraycopy(buffer, at, body, bodyLength, taken);
            bodyLength += taken;
            at += taken;
            missing -= taken;
        }
        return at;
    }

    private int readChunks(int from) throws IOException {
        int at = from;
        while (true) {
            int size = 0;
            int next = 0;
            while (next != '\n') {
                if (at == read) {
                    read = 0;
                    at = 0;
                    fill();
                }
                next = buffer[at++];
                int digit = Character.digit(next, 16);
                size = digit >= 0 ? size * 16 + digit : size;
            }
            at = readBody(at, size);
            int before = bodyLength;
            at = readBody(at, 2);
            bodyLength = before;
            if (size == 0) {
                return at;
            }
        }
    }

    private void fill() throws IOException {
        if (read == buffer.length) {
            buffer = Arrays.copyOf(buffer, read * 2);
        }
        int more = in.read(buffer, read, buffer.length - read);
        if (more < 0) {
            throw new EOFException("the server closed the connection");
        }
        read += more;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
