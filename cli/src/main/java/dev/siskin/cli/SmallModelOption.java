package dev.siskin.cli;

import dev.siskin.cli.process.DataFolder;
import dev.siskin.generators.GeneratorFolder;
import dev.siskin.generators.GeneratorFolderException;
import dev.siskin.generators.GeneratorLibrary;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** Which model inference-service runs itself as tier small. */
final class SmallModelOption {
    /** The model that comes with the project. */
    static final String OWN = "siskin-mini";

    /** The setting {@code inference.small.local.model}. */
    private static final String SETTING = "SISKIN_INFERENCE_SMALL_LOCAL_MODEL";

    @Option(
            names = "--small",
            paramLabel = "MODEL",
            description = {
                "Run this model as tier small, in inference-service itself:",
                "own (the one that comes along), a name from siskin model list, or the path of a folder."
            })
    String model = "";

    /** Whether one is named. */
    boolean isNamed() {
        return !model.isBlank();
    }

    /**
     * What the services are told.
     *
     * @throws CommandFailure where there is no such model, or its folder is not whole
     */
    Map<String, String> settings(Invocation invocation, DataFolder data) {
        if (!isNamed()) {
            return Map.of();
        }
        String named = model.equals("own") ? OWN : model;
        GeneratorLibrary library = GeneratorLibrary.of(invocation.installation().home(), data.path());
        Path folder = library.find(named).orElseThrow(() -> new CommandFailure(library.lacks(named)));
        try {
            GeneratorFolder.read(folder);
        } catch (GeneratorFolderException broken) {
            throw new CommandFailure(String.valueOf(broken.getMessage()));
        }
        return Map.of(SETTING, GeneratorLibrary.isPath(named) ? folder.toString() : named);
    }
}
