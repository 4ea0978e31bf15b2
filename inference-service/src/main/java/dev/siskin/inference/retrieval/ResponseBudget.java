package dev.siskin.inference.retrieval;

import dev.siskin.http.BodyRoom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * The heap that responses of searches may take together while they are read and parsed, before anybody knows what is in
 * them. Who comes when it is taken waits in turn, briefly, with the response held back by its connection, and is then
 * refused: a heap that overflows ends the process for everybody. A response of unannounced length takes what the longest
 * may until it is read. Thread-safe.
 */
final class ResponseBudget {
    /** A response is there as it came, in an array that may be twice as long, and as the texts read from it. */
    static final long COPIES = 3;

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    private final long maxBytes;
    private final Deque<Share> waiting = new ArrayDeque<>();
    private long held;

    /** @param maxBytes together; a response that would take more takes that */
    ResponseBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Reserved now. */
    synchronized long held() {
        return held;
    }

    /** That may be reserved together. */
    long max() {
        return maxBytes;
    }

    /**
     * For one response, to be given back.
     *
     * @param within what its search may take, of which room is waited for half at most
     */
    Share share(Duration within) {
        Duration half = within.dividedBy(2);
        return new Share(half.compareTo(LONGEST_WAIT) < 0 ? half : LONGEST_WAIT);
    }

    /** What one response takes. */
    final class Share implements BodyRoom {
        private final CompletableFuture<Void> room = new CompletableFuture<>();
        private final Duration wait;
        private long bytes;
        private boolean closed;

        private Share(Duration wait) {
            this.wait = wait;
        }

        @Override
        public CompletionStage<Void> reserve(long bodyBytes) {
            synchronized (ResponseBudget.this) {
                if (closed) {
                    return CompletableFuture.failedStage(new CancellationException("nobody waits any more"));
                }
                bytes = Math.min(COPIES * bodyBytes, maxBytes);
                if (!waiting.isEmpty() || held + bytes > maxBytes) {
                    waiting.add(this);
                    return room.orTimeout(wait.toNanos(), TimeUnit.NANOSECONDS);
                }
                held += bytes;
            }
            room.complete(null);
            return room;
        }

        @Override
        public void read(long bodyBytes) {
            lowerTo(COPIES * bodyBytes);
        }

        /** Whether its response is not read yet for want of room. */
        boolean isWaiting() {
            synchronized (ResponseBudget.this) {
                return waiting.contains(this);
            }
        }

        /** Takes nothing from now on. */
        void giveBack() {
            synchronized (ResponseBudget.this) {
                closed = true;
                if (waiting.remove(this)) {
                    bytes = 0;
                }
            }
            lowerTo(0);
            room.cancel(false);
        }

        private void lowerTo(long less) {
            List<Share> admitted;
            synchronized (ResponseBudget.this) {
                long now = Math.min(bytes, less);
                held -= bytes - now;
                bytes = now;
                admitted = admitNext();
            }
            // elsewhere: reading another one's response is no work of whoever has just given back
            admitted.forEach(share -> Thread.startVirtualThread(() -> share.room.complete(null)));
        }
    }

    private List<Share> admitNext() {
        List<Share> admitted = new ArrayList<>();
        while (!waiting.isEmpty() && held + waiting.element().bytes <= maxBytes) {
            Share next = waiting.remove();
            held += next.bytes;
            admitted.add(next);
        }
        return admitted;
    }
}
