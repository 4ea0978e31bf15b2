package dev.siskin.cli;

import dev.siskin.cli.model.FreeSpace;
import dev.siskin.cli.model.ModelCopy;
import dev.siskin.cli.model.ModelStore;
import dev.siskin.generators.GeneratorFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Copies a model's folder to those that inference-service knows by name. */
@Command(
        name = "add",
        description = {
            "Copy the folder of a model that writes answers into the data folder.",
            "Taken are its configuration, tokenizer and graphs with their weights. Ctrl-C leaves nothing behind."
        },
        footer = {
            "",
            "Examples:",
            "  siskin model add ~/models/smollm2-135m-instruct",
            "  siskin model add ./export --name mine --replace"
        })
final class ModelAddCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Parameters(
            paramLabel = "DIR",
            description = "Folder in the layout of Hugging Face's ONNX exports or of onnxruntime-genai.")
    Path folder = Path.of("");

    @Option(names = "--name", paramLabel = "NAME", description = "What to call it; default: as the folder.")
    @Nullable
    String name;

    @Option(names = "--replace", description = "Take the place of a model of this name.")
    boolean replace;

    @Mixin
    DataOption dataOption = new DataOption();

    @Mixin
    Output output = new Output();

    ModelAddCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        if (!Files.isDirectory(folder)) {
            throw new CommandFailure("there is no folder " + folder);
        }
        String chosen = name == null ? ModelCopy.nameFor(folder) : name;
        ModelPlace place = new ModelPlace(dataOption.library(invocation), chosen, replace);
        try (ModelStore store = place.claim()) {
            GeneratorFolder added =
                    new ModelCopy(invocation.terminal(), output.json, FreeSpace.OF_DISK).into(store, folder);
            place.print(invocation, output, added);
        }
        return 0;
    }
}
