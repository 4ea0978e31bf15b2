package dev.siskin.inference.generation.local;

import dev.siskin.generators.GeneratorLibrary;
import dev.siskin.inference.generation.Generator;
import java.nio.file.Path;

/** The models that this process can run, within the memory they share. Thread-safe. */
public final class LocalModels {
    private final ModelLoader loader;
    private final ModelMemory memory;
    private final Object changes = new Object();

    /** @param packed directory where weights are kept as the kernels read them, to be mapped from there */
    public LocalModels(GeneratorLibrary library, Path packed, ModelMemory memory) {
        this.loader = new ModelLoader(library, packed, memory);
        this.memory = memory;
    }

    /**
     * Loads a model and has it ready.
     *
     * @throws UnknownModelException where there is none of that name
     * @throws UnusableModelException where it is not whole, not supported, or does not fit beside what is loaded
     */
    public Generator open(LocalSettings settings) {
        return new LocalGenerator(loader.load(loader.folder(settings), settings));
    }

    /**
     * Refuses a model that could not take the place of the one that its tier has, as far as files tell.
     *
     * @throws UnknownModelException where there is none of that name
     * @throws UnusableModelException where it is not whole or does not fit
     */
    public void refuseUnusable(LocalSettings settings) {
        memory.refuseTooLarge(settings, loader.folder(settings).weightBytes());
    }

    /** Runs a change of a tier's model while no other one runs, so that none takes the memory that another counts on. */
    public void alone(Runnable change) {
        synchronized (changes) {
            change.run();
        }
    }

    /** Whether a model can be loaded while its tier's own goes on. */
    public boolean fitsBeside(LocalSettings settings) {
        return memory.fitsBeside(settings, loader.folder(settings).weightBytes());
    }
}
