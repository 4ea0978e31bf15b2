package dev.siskin.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What writes the answers of a tier.
 *
 * @param model in use, as the route of an answer names it; null where there is none
 * @param fault why there is none; null where there is one
 * @param modelAtStart that the settings name: what a restart brings back; null where no model of this process is meant
 * @param threads that work on a step of the model; null likewise
 * @param change the last one since the start; null where there was none
 */
public record GeneratorStatus(
        Tier tier,
        Runs runs,
        @Nullable String model,
        @Nullable String fault,
        @Nullable String modelAtStart,
        @Nullable Integer threads,
        @Nullable Change change) {

    /** Where a tier's answers are written. */
    public enum Runs {
        /** By a model in the service's own process. */
        @JsonProperty("local")
        LOCAL,
        /** At an endpoint elsewhere. */
        @JsonProperty("remote")
        REMOTE,
        /** Without a model. */
        @JsonProperty("built_in")
        BUILT_IN
    }

    /**
     * A model on its way to the place of another.
     *
     * @param model its name
     * @param error why it failed; null otherwise
     */
    public record Change(
            String model, State state, @Nullable String error) {
        /** The same, further on. */
        public Change at(State next) {
            return new Change(model, next, null);
        }
    }

    /** Where in its life a change is. */
    public enum State {
        /** The new model is loaded and tried out. */
        @JsonProperty("loading")
        LOADING,
        /** The old model ends the answers that it has begun. */
        @JsonProperty("draining")
        DRAINING,
        @JsonProperty("done")
        DONE,
        /** The model that was there before is in use. */
        @JsonProperty("failed")
        FAILED;

        /** Whether nothing more comes of it. */
        public boolean isEnd() {
            return this == DONE || this == FAILED;
        }
    }
}
