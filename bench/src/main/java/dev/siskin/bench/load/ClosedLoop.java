package dev.siskin.bench.load;

import dev.siskin.bench.Latencies;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Clients that each send their next request when they have the answer to the last, on connections and threads of their
 * own. Client {@code c} of {@code n} begins at request {@code c / n} of the list and goes round it.
 */
public final class ClosedLoop {
    private final URI server;
    private final List<byte[]> requests;

    /** @param requests as they go over the wire */
    public ClosedLoop(URI server, List<byte[]> requests) {
        this.server = server;
        this.requests = requests;
    }

    /** An answer that was kept: which request it is of, and its body. */
    @SuppressWarnings("ArrayRecordComponent") // lives until it is parsed and is compared with nothing
    public record Kept(int request, byte[] body) {}

    /**
     * What the clients saw together.
     *
     * @param seconds from the first request to the end of the last
     * @param errors answers of another status than 200, and connections that broke
     * @param kept the first answer to every request that was sent at least once
     */
    public record Run(int clients, double seconds, Latencies millis, long errors, List<Kept> kept) {
        public double perSecond() {
            return millis.count() / seconds;
        }
    }

    /** Runs for so long, or until every request was sent once where {@code once} is set. */
    public Run run(int clients, Duration time, boolean once) throws IOException {
        long began = System.nanoTime();
        long end = began + time.toNanos();
        var tasks = new ArrayList<FutureTask<Client>>();
        for (int number = 0; number < clients; number++) {
            int from = (int) ((long) requests.size() * number / clients);
            int to = (int) ((long) requests.size() * (number + 1) / clients);
            var client = new Client(from, to, end, once);
            var task = new FutureTask<>(client, client);
            Thread.ofPlatform().name("client-" + number).start(task);
            tasks.add(task);
        }
        var millis = new Latencies();
        var kept = new ArrayList<Kept>();
        long errors = 0;
        for (FutureTask<Client> task : tasks) {
            Client client = finished(task);
            client.millis.addTo(millis);
            kept.addAll(client.kept);
            errors += client.errors;
        }
        return new Run(clients, (System.nanoTime() - began) / 1e9, millis, errors, kept);
    }

    private static Client finished(FutureTask<Client> task) throws IOException {
        try {
            return task.get();
        } catch (ExecutionException failed) {
            throw new IOException("a client failed: " + failed.getCause(), failed);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", stop);
        }
    }

    private final class Client implements Runnable {
        private static final int MOST_BROKEN = 20;

        private final int from;
        private final int to;
        private final long end;
        private final boolean once;
        private final Latencies millis = new Latencies();
        private final List<Kept> kept = new ArrayList<>();
        private long errors;

        Client(int from, int to, long end, boolean once) {
            this.from = from;
            this.to = to;
            this.end = end;
            this.once = once;
        }

        @Override
        public void run() {
            int next = 0;
            for (int broken = 0; broken < MOST_BROKEN && !isOver(next); broken++) {
                try (Connection connection = Connection.to(server)) {
                    while (!isOver(next)) {
                        send(connection, next);
                        next++;
                    }
                } catch (IOException closed) {
                    errors++;
                    next++;
                }
            }
        }

        private boolean isOver(int next) {
            return System.nanoTime() - end >= 0 || (once && next >= to - from);
        }

        private void send(Connection connection, int next) throws IOException {
            int request = (from + next) % requests.size();
            long began = System.nanoTime();
            int status = connection.exchange(requests.get(request));
            double took = (System.nanoTime() - began) / 1e6;
            if (status != 200) {
                errors++;
                return;
            }
            millis.add(took);
            if (next < to - from) {
                kept.add(new Kept(request, connection.body()));
            }
        }
    }
}
