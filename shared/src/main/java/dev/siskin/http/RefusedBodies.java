package dev.siskin.http;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what refused bodies still hold. A client sends before it reads: left with the rest unread, the connection would
 * be reset and the client never see why it was refused. A courtesy that clients who send slowly must not wear out: few
 * are read at once, and the connections of the others are closed. Thread-safe.
 */
final class RefusedBodies {
    private static final Logger LOG = LoggerFactory.getLogger(RefusedBodies.class);
    private static final int AT_ONCE = 16;
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final int BUFFER_BYTES = 8 * 1024;

    private final Semaphore places = new Semaphore(AT_ONCE);

    /** Reads up to twice what the route takes, or has the connection closed. */
    void read(HttpHost.Route route, Context context) {
        boolean announced = context.header("Expect") != null;
        if (route.content().isEmpty() || announced || context.attribute(JsonBody.BROKEN_ATTRIBUTE) != null) {
            return;
        }
        if (!places.tryAcquire()) {
            context.header("Connection", "close");
            return;
        }
        try {
            read(context.bodyInputStream(), 2 * route.bodyCapBytes());
        } catch (IOException gone) {
            LOG.debug("client went away", gone);
        } finally {
            places.release();
        }
    }

    private static void read(InputStream body, long most) throws IOException {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        byte[] buffer = new byte[BUFFER_BYTES];
        long left = most;
        while (left > 0 && System.nanoTime() - deadline < 0) {
            int read = body.read(buffer);
            if (read < 0) {
                return;
            }
            left -= read;
        }
    }
}
