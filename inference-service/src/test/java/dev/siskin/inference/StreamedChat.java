package dev.siskin.inference;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Hears one chat that LangChain4j streams. */
public final class StreamedChat implements StreamingChatResponseHandler {
    private final List<String> parts = new ArrayList<>();
    private final CompletableFuture<ChatResponse> response = new CompletableFuture<>();
    private final CompletableFuture<Throwable> error = new CompletableFuture<>();

    @Override
    public synchronized void onPartialResponse(String part) {
        parts.add(part);
    }

    @Override
    public void onCompleteResponse(ChatResponse complete) {
        response.complete(complete);
    }

    @Override
    public void onError(Throwable failure) {
        error.complete(failure);
        response.completeExceptionally(failure);
    }

    /** Those that have come. */
    public synchronized List<String> parts() {
        return List.copyOf(parts);
    }

    /** The whole, once it is there. */
    public ChatResponse response() throws ExecutionException, InterruptedException, TimeoutException {
        return response.get(1, TimeUnit.MINUTES);
    }

    /** What it failed with, once it has. */
    public Throwable error() throws ExecutionException, InterruptedException, TimeoutException {
        return error.get(1, TimeUnit.MINUTES);
    }
}
