package dev.siskin.cli;

import dev.siskin.cli.print.Amounts;
import dev.siskin.cli.print.Table;
import dev.siskin.cli.print.Terminal;
import dev.siskin.generators.GeneratorFolder;
import dev.siskin.generators.GeneratorFolder.Graph;
import dev.siskin.generators.GeneratorFolderException;
import dev.siskin.generators.GeneratorLibrary;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists the models that write answers. */
@Command(
        name = "list",
        description = {
            "List the models that write answers: those that come with Siskin, and those that were added.",
            "A model that was added takes the place of one that comes with Siskin under the same name."
        },
        footer = {"", "Examples:", "  siskin model list", "  siskin model list --json"})
final class ModelListCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Mixin
    DataOption dataOption = new DataOption();

    @Mixin
    Output output = new Output();

    ModelListCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    /**
     * A model as JSON has it.
     *
     * @param fault why it cannot be used; null = nothing speaks against it
     */
    record Line(
            String name,
            String origin,
            String path,
            @Nullable String layout,
            @Nullable String architecture,
            @Nullable Integer contextTokens,
            @Nullable Integer vocabularyTokens,
            List<Graph> graphs,
            @Nullable String fault) {
        static Line of(GeneratorLibrary.Entry entry) {
            try {
                return whole(entry, GeneratorFolder.read(entry.path()));
            } catch (GeneratorFolderException broken) {
                return new Line(
                        entry.name(),
                        entry.origin().toString(),
                        entry.path().toString(),
                        null,
                        null,
                        null,
                        null,
                        List.of(),
                        broken.getMessage());
            }
        }

        private static Line whole(GeneratorLibrary.Entry entry, GeneratorFolder model) {
            return new Line(
                    entry.name(),
                    entry.origin().toString(),
                    entry.path().toString(),
                    model.layout().toString(),
                    model.architecture(),
                    boxed(model.contextTokens()),
                    boxed(model.vocabularyTokens()),
                    model.graphs(),
                    null);
        }

        private static @Nullable Integer boxed(OptionalInt number) {
            return number.isPresent() ? number.getAsInt() : null;
        }
    }

    @Override
    public Integer call() {
        GeneratorLibrary library = dataOption.library(invocation);
        List<Line> lines = library.entries().stream().map(Line::of).toList();
        if (output.json) {
            Output.printJson(invocation, lines);
        } else if (lines.isEmpty()) {
            invocation.terminal().line("no models: ./siskin model pull or model add brings one");
        } else {
            print(lines);
        }
        return 0;
    }

    private void print(List<Line> lines) {
        Terminal terminal = invocation.terminal();
        List<Line> usable = lines.stream().filter(line -> line.fault() == null).toList();
        if (!usable.isEmpty()) {
            var table = Table.of("model", "origin", "layout", "type", "context", "vocabulary", "graph", "size");
            usable.forEach(line -> rows(line, table));
            table.print(terminal, 0);
        }
        lines.stream().filter(line -> line.fault() != null).forEach(line -> {
            terminal.line(terminal.red("broken") + "  " + line.name());
            terminal.paragraph(String.valueOf(line.fault()), 4);
        });
    }

    private static void rows(Line line, Table table) {
        for (Graph graph : line.graphs()) {
            table.row(
                    line.name(),
                    line.origin(),
                    String.valueOf(line.layout()),
                    String.valueOf(line.architecture()),
                    count(line.contextTokens()),
                    count(line.vocabularyTokens()),
                    graph.file(),
                    Amounts.bytes(graph.bytes()));
        }
    }

    private static String count(@Nullable Integer tokens) {
        return tokens == null ? "" : String.format(Locale.ROOT, "%,d", tokens);
    }
}
