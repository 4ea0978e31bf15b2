package dev.siskin.cli;

import dev.siskin.cli.model.ModelStore;
import dev.siskin.generators.GeneratorLibrary;
import java.nio.file.Files;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Deletes a model that was added. */
@Command(
        name = "remove",
        description = {
            "Delete a model that was added, and what was pulled of one.",
            "A service that runs it goes on with it until it is restarted."
        },
        footer = {"", "Example:", "  siskin model remove smollm2-135m-instruct"})
final class ModelRemoveCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Parameters(paramLabel = "NAME", description = "The model's name, as siskin model list shows it.")
    String name = "";

    @Mixin
    DataOption dataOption = new DataOption();

    ModelRemoveCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        GeneratorLibrary library = dataOption.library(invocation);
        try (ModelStore store = ModelStore.claim(library.added(), name)) {
            if (!store.exists() && !Files.exists(store.pulling())) {
                boolean shipped = library.find(name).isPresent();
                throw new CommandFailure(shipped ? "'" + name + "' comes with Siskin and stays" : library.lacks(name));
            }
            store.remove();
        }
        invocation.terminal().line("removed " + name);
        return 0;
    }
}
