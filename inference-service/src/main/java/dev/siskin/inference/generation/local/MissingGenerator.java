package dev.siskin.inference.generation.local;

import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.Generator;
import dev.siskin.inference.generation.ModelFailedException;
import dev.siskin.inference.generation.Prompt;
import java.util.function.Consumer;

/** Stands for a model that could not be loaded: whoever asks it is told so, and the ladder has what may stand in. */
record MissingGenerator(String model) implements Generator {
    @Override
    public boolean isElsewhere() {
        return true; // nothing of it is here
    }

    @Override
    public Generated generate(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation) {
        throw new ModelFailedException("its model was not loaded; the log has the cause");
    }
}
