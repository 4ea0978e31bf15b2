package dev.siskin.inference.generation.local;

import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.Generator;
import dev.siskin.inference.generation.ModelFailedException;
import dev.siskin.inference.generation.Prompt;
import java.util.function.Consumer;

/**
 * Stands for a model that is not there: whoever asks it is told so, and the ladder has what may stand in.
 *
 * @param why it is not there, for everybody
 */
public record MissingGenerator(String model, String why) implements Generator {
    @Override
    public boolean isElsewhere() {
        return true; // nothing of it is here
    }

    @Override
    public Generated generate(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation) {
        throw new ModelFailedException(why);
    }
}
