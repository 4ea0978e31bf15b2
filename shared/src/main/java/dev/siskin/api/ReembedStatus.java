package dev.siskin.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a re-embedding stands.
 *
 * @param documentsDone of {@code documentsTotal}, those that the new index holds as they are now
 * @param chunksEmbedded since the service started
 * @param etaSeconds until it is done at the pace so far; null where that is not known
 * @param generation that shows the new vectors; null before it is done
 * @param error why it failed; null otherwise
 */
public record ReembedStatus(
        String collection,
        State state,
        String embeddingModel,
        Quantization quantization,
        long documentsDone,
        long documentsTotal,
        long chunksEmbedded,
        Instant started,
        @Nullable Long etaSeconds,
        @Nullable Long generation,
        @Nullable String error) {

    /** Where in its life a re-embedding is. */
    public enum State {
        /** Another one is running. */
        @JsonProperty("waiting")
        WAITING,
        @JsonProperty("running")
        RUNNING,
        @JsonProperty("done")
        DONE,
        /** Stopped by an error; it goes on when it is asked for again, or at the next start. */
        @JsonProperty("failed")
        FAILED,
        @JsonProperty("cancelled")
        CANCELLED;

        /** Whether nothing more comes of it. */
        public boolean isEnd() {
            return this != WAITING && this != RUNNING;
        }
    }
}
