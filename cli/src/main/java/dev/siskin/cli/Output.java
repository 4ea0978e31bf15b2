package dev.siskin.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Json;
import picocli.CommandLine.Option;

/** Whether a command prints for people or for programs. */
final class Output {
    @Option(names = "--json", description = "Print JSON, for programs.")
    boolean json;

    static void printJson(Invocation invocation, Object value) {
        try {
            invocation
                    .terminal()
                    .line(Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value));
        } catch (JsonProcessingException unwritable) {
            throw new IllegalStateException("a result that is not writable as JSON", unwritable);
        }
    }
}
