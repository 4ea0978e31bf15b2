package dev.siskin.inference.generation.remote;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The body of a response, read as it comes by a thread that waits no longer than it wants to. Holds one read of the
 * connection at a time (16 KiB). One thread reads; any may close, which ends the connection unless the body was
 * complete.
 */
final class ResponseBytes implements BodySubscriber<ResponseBytes>, AutoCloseable {
    private sealed interface Event {
        record Bytes(byte[] bytes) implements Event {}

        /** @param failure null where the body is complete */
        record End(@Nullable Throwable failure) implements Event {}
    }

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private Flow.@Nullable Subscription subscription;
    private boolean closed;

    /**
     * The next bytes; empty where the body is complete.
     *
     * @throws TimeoutException where none come in this time
     * @throws IOException where the connection broke or was closed
     */
    Optional<byte[]> next(Duration patience) throws IOException, TimeoutException, InterruptedException {
        @Nullable Event event = events.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
        return switch (event) {
            case null -> throw new TimeoutException();
            case Event.Bytes bytes -> {
                requestMore();
                yield Optional.of(bytes.bytes());
            }
            case Event.End end -> {
                events.add(end);
                if (end.failure() != null) {
                    throw new IOException(end.failure());
                }
                yield Optional.empty();
            }
        };
    }

    private synchronized void requestMore() {
        if (subscription != null && !closed) {
            subscription.request(1);
        }
    }

    @Override
    public CompletionStage<ResponseBytes> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public synchronized void onSubscribe(Flow.Subscription given) {
        subscription = given;
        if (closed) {
            given.cancel();
        } else {
            given.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        int size = buffers.stream().mapToInt(ByteBuffer::remaining).sum();
        ByteBuffer bytes = ByteBuffer.allocate(size);
        buffers.forEach(bytes::put);
        events.add(new Event.Bytes(bytes.array()));
    }

    @Override
    public void onError(Throwable failure) {
        events.add(new Event.End(failure));
    }

    @Override
    public void onComplete() {
        events.add(new Event.End(null));
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            if (subscription != null) {
                subscription.cancel();
            }
            events.add(new Event.End(new IOException("closed here")));
        }
    }
}
