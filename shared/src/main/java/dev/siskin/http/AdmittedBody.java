package dev.siskin.http;

import dev.siskin.http.ServiceUnreachableException.Reason;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * A body that is read once there is room for it, and let go of once it is taken: connections that are kept alive hold the
 * subscriber of their last response, and futures their results.
 */
final class AdmittedBody implements BodySubscriber<AdmittedBody> {
    private static final int FIRST_BYTES = 32 * 1024;

    private final BodyRoom room;
    private final long announced;
    private final long capBytes;
    private final CompletableFuture<AdmittedBody> whole = new CompletableFuture<>();
    private byte[] bytes = new byte[0];
    private int length;
    private volatile boolean failed;
    private @Nullable Subscription connection;

    /** @param announced length of the body; negative = none is */
    AdmittedBody(BodyRoom room, long announced, long capBytes) {
        this.room = room;
        this.announced = announced;
        this.capBytes = capBytes;
    }

    /** The bytes, once. */
    byte[] take() {
        byte[] taken = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
        bytes = new byte[0];
        length = 0;
        return taken;
    }

    @Override
    public CompletionStage<AdmittedBody> getBody() {
        return whole;
    }

    @Override
    public void onSubscribe(Subscription given) {
        connection = given;
        long most = announced < 0 ? capBytes : Math.min(announced, capBytes);
        var _ = room.reserve(most).whenComplete((_, refused) -> {
            if (refused == null) {
                given.request(Long.MAX_VALUE);
            } else {
                onError(new ServiceUnreachableException(
                        "there is no room to read the answer now", Reason.NO_ROOM, refused));
                given.cancel();
            }
        });
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            int more = buffer.remaining();
            if (failed) {
                return;
            }
            if (length + more > capBytes) {
                onError(new IOException("body exceeds capacity: " + capBytes));
                Objects.requireNonNull(connection, "subscribed").cancel();
                return;
            }
            makeRoomFor(more);
            buffer.get(bytes, length, more);
            length += more;
        }
    }

    private void makeRoomFor(int more) {
        if (length + more > bytes.length) {
            long wanted = length == 0 && announced > 0 ? announced : Math.max(FIRST_BYTES, 2L * bytes.length);
            bytes = Arrays.copyOf(bytes, (int) Math.clamp(wanted, length + more, capBytes));
        }
    }

    @Override
    public void onError(Throwable failure) {
        failed = true;
        bytes = new byte[0];
        length = 0;
        whole.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        room.read(length);
        whole.complete(this);
    }
}
