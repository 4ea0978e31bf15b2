package dev.siskin.inference.generation;

import dev.siskin.inference.accounting.HeldBytes;
import java.util.List;
import java.util.function.Consumer;

/** What writes the answers of a tier. Thread-safe. */
public interface Generator extends AutoCloseable {
    /** Name and revision: changes with everything that changes what is answered to the same prompt. */
    String model();

    /** Whether its model is on another host, so that it needs little memory here. */
    default boolean isElsewhere() {
        return false;
    }

    /** The memory its model holds in this process outside the heap, by owner. */
    default List<HeldBytes> held() {
        return List.of();
    }

    /** Whether answers of so many estimated tokens each, read and written, can be written at once. */
    default boolean hasRoom(List<Integer> tokens) {
        return true;
    }

    /**
     * Writes an answer, sentence by sentence, each as soon as it is complete.
     *
     * @param drafts takes the sentences; what it throws ends the generation
     * @throws ModelFailedException where the model cannot answer now
     * @throws CancelledException where the sign was given
     */
    Generated generate(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation);

    /** Gives back what the model holds. */
    @Override
    default void close() {}
}
