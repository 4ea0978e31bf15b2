package dev.siskin.inference.retrieval;

/** A search was answered, and there was no memory to read the answer: says nothing of the service. */
public final class SearchNoRoomException extends RuntimeException {
    SearchNoRoomException() {
        super("search results that are being read take all the memory they may: try again", null, false, false);
    }
}
