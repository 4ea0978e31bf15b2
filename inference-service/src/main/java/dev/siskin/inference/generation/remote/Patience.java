package dev.siskin.inference.generation.remote;

import java.time.Duration;

/** How long one call is waited for, from now on. */
final class Patience {
    private final long began = System.nanoTime();
    private final Duration whole;
    private final boolean clients;
    private final Duration idle;

    /**
     * @param whole for the call
     * @param clients whether that is what the client has left, which says nothing of the endpoint
     * @param idle between two pieces of the answer
     */
    Patience(Duration whole, boolean clients, Duration idle) {
        this.whole = whole;
        this.clients = clients;
        this.idle = idle;
    }

    /** Until the first piece. */
    Duration untilTheFirst() throws RemoteFailure {
        Duration left = whole.minusNanos(System.nanoTime() - began);
        if (!left.isPositive()) {
            throw spent();
        }
        return left;
    }

    /** Until the next piece. */
    Duration untilTheNext() throws RemoteFailure {
        Duration left = untilTheFirst();
        return left.compareTo(idle) < 0 ? left : idle;
    }

    /** No piece came while it was waited for. */
    RemoteFailure ranOut() {
        boolean allSpent = System.nanoTime() - began >= whole.toNanos();
        return allSpent
                ? spent()
                : RemoteFailure.ofEndpoint(
                        "stood still for " + idle.toMillis() + " ms in the middle of an answer", null);
    }

    private RemoteFailure spent() {
        return clients
                ? RemoteFailure.ofRequest("did not answer in the " + whole.toMillis() + " ms that were left")
                : RemoteFailure.ofEndpoint("did not answer in " + whole.toMillis() + " ms", null);
    }
}
