package dev.siskin.cli;

import dev.siskin.cli.process.DataFolder;
import dev.siskin.generators.GeneratorLibrary;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which data folder a command is about. */
final class DataOption {
    private static final String ENV = "SISKIN_DATA";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Data folder; default: SISKIN_DATA, else .siskin beside the launcher.")
    @Nullable
    Path path;

    DataFolder folder(Invocation invocation) {
        return folder(invocation, invocation.installation().defaultData());
    }

    /** The models that write answers, as the services of this folder know them. */
    GeneratorLibrary library(Invocation invocation) {
        return GeneratorLibrary.of(
                invocation.installation().home(), folder(invocation).path());
    }

    /** @param otherwise the folder where neither the option nor the environment names one */
    DataFolder folder(Invocation invocation, Path otherwise) {
        String named = invocation.environment().getOrDefault(ENV, "");
        Path chosen = path != null ? path : named.isEmpty() ? otherwise : Path.of(named);
        return new DataFolder(chosen.toAbsolutePath().normalize());
    }
}
