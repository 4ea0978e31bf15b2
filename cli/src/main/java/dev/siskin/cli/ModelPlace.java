package dev.siskin.cli;

import dev.siskin.cli.model.ModelStore;
import dev.siskin.cli.print.Amounts;
import dev.siskin.generators.GeneratorFolder;
import dev.siskin.generators.GeneratorFolder.Graph;
import dev.siskin.generators.GeneratorLibrary;
import java.util.stream.Collectors;

/**
 * The place that a new model is to have among those that are there.
 *
 * @param replace whether it may take that of another one
 */
record ModelPlace(GeneratorLibrary library, String name, boolean replace) {
    /** @throws CommandFailure also where there is a model of this name that is not to be replaced */
    ModelStore claim() {
        requireFree();
        return ModelStore.claim(library.added(), name);
    }

    private void requireFree() {
        if (!replace && library.find(name).isPresent() && !GeneratorLibrary.isPath(name)) {
            throw new CommandFailure("there is a model '%s' already: %s; choose another with --name, or --replace it"
                    .formatted(name, library.find(name).orElseThrow()));
        }
    }

    /** Says what has come. */
    void print(Invocation invocation, Output output, GeneratorFolder model) {
        if (output.json) {
            Output.printJson(
                    invocation,
                    ModelListCommand.Line.of(
                            new GeneratorLibrary.Entry(name, GeneratorLibrary.Origin.ADDED, model.path())));
            return;
        }
        String graphs = model.graphs().stream().map(ModelPlace::describe).collect(Collectors.joining(", "));
        invocation.terminal().line("%s: %s, %s".formatted(name, model.architecture(), graphs));
    }

    private static String describe(Graph graph) {
        return graph.file() + " (" + Amounts.bytes(graph.bytes()) + ")";
    }
}
