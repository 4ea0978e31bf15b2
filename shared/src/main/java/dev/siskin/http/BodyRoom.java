package dev.siskin.http;

import java.util.concurrent.CompletionStage;

/** Where the body of an answer finds room before it is read. */
public interface BodyRoom {
    /**
     * Asks for room. Until it is there nothing is read, and the connection holds the body back; where it fails, the call
     * does, with {@link ServiceUnreachableException.Reason#NO_ROOM}.
     *
     * @param bytes of the body: its announced length, or the most that are read
     */
    CompletionStage<Void> reserve(long bytes);

    /** The body is whole, with so many bytes. */
    void read(long bytes);
}
