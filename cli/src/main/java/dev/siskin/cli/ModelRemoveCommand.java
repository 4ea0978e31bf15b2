package dev.siskin.cli;

import dev.siskin.cli.model.ModelStore;
import dev.siskin.generators.GeneratorLibrary;
import dev.siskin.generators.PackedModels;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Deletes a model that was added. */
@Command(
        name = "remove",
        description = {
            "Delete a model that was added, and what was pulled or packed of one.",
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
            PackedModels.removeOrphans(dataOption.folder(invocation).path().resolve(GeneratorLibrary.PACKED));
        } catch (IOException refused) {
            throw new CommandFailure("%s is removed, but not what was packed of it: %s".formatted(name, refused));
        }
        invocation.terminal().line("removed " + name);
        return 0;
    }
}
