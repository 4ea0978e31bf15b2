package dev.siskin.bench.load;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * Clients that do not wait for one another: requests are due at random moments of a fixed mean rate (a Poisson process,
 * as many independent clients make), whatever becomes of those before. Latency counts from when a request was due, so
 * that one which is sent late, because the machine or the server was slow, does not look fast.
 */
public final class OpenLoop implements AutoCloseable {
    private final URI server;
    private final LongFunction<byte[]> requests;
    private final Consumer<Answered> answered;
    private final Semaphore room;
    private final Random random;
    private final Deque<Connection> idle = new ConcurrentLinkedDeque<>();
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private final long beganNanos = System.nanoTime();
    private long dueNanos = beganNanos;
    private long sent;

    /**
     * What became of a request.
     *
     * @param number of the request, from 0
     * @param due seconds from the beginning of the loop to when it was due
     * @param millis from then to the last byte of the answer
     * @param status 0 = the connection broke
     */
    @SuppressWarnings("ArrayRecordComponent") // lives until it is parsed and is compared with nothing
    public record Answered(long number, double due, double millis, int status, byte[] body) {}

    /**
     * @param requests makes the request of a number, as it goes over the wire; called on many threads
     * @param answered hears of each; called on many threads
     * @param mostConnections open at once; a request beyond waits, which counts
     */
    public OpenLoop(
            URI server, LongFunction<byte[]> requests, Consumer<Answered> answered, int mostConnections, long seed) {
        this.server = server;
        this.requests = requests;
        this.answered = answered;
        this.room = new Semaphore(mostConnections, true);
        this.random = new Random(seed);
    }

    /** Seconds since the loop began. */
    public double now() {
        return (System.nanoTime() - beganNanos) / 1e9;
    }

    /** Sends for so long, going on where the last call ended; returns when the last request is sent, not answered. */
    public void run(double perSecond, Duration time) {
        long end = dueNanos + time.toNanos();
        while (true) {
            long next = dueNanos + (long) (-Math.log(1 - random.nextDouble()) / perSecond * 1e9);
            if (next - end >= 0) {
                // gaps have no memory: the next phase may draw anew from here
                dueNanos = end;
                return;
            }
            dueNanos = next;
            sleepUntil(next);
            long number = sent++;
            clients.execute(() -> send(number, next));
        }
    }

    private static void sleepUntil(long nanos) {
        for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private void send(long number, long due) {
        byte[] request = requests.apply(number);
        int status = 0;
        byte[] body = new byte[0];
        room.acquireUninterruptibly();
        try {
            Connection connection = exchanged(request);
            status = connection.status();
            body = connection.body();
            idle.addFirst(connection);
        } catch (IOException broken) {
            status = 0;
        } finally {
            room.release();
        }
        double millis = (System.nanoTime() - due) / 1e6;
        answered.accept(new Answered(number, (due - beganNanos) / 1e9, millis, status, body));
    }

    /** The connection with the answer; one that was kept too long is replaced. */
    private Connection exchanged(byte[] request) throws IOException {
        Connection kept = idle.pollFirst();
        if (kept != null) {
            try {
                kept.exchange(request);
                return kept;
            } catch (IOException closed) {
                kept.close();
            }
        }
        Connection fresh = Connection.to(server);
        try {
            fresh.exchange(request);
            return fresh;
        } catch (IOException broken) {
            fresh.close();
            throw broken;
        }
    }

    /** Waits until every request is answered, and closes the connections. */
    @Override
    public void close() throws IOException {
        clients.close();
        for (Connection connection : idle) {
            connection.close();
        }
    }
}
