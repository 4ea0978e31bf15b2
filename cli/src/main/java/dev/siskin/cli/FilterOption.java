package dev.siskin.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Filter;
import dev.siskin.api.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A condition on documents' metadata. */
final class FilterOption {
    @Option(
            names = "--filter",
            paramLabel = "JSON",
            description = "Only documents whose metadata match, such as '{\"eq\":{\"lang\":\"en\"}}'.")
    @Nullable
    String json;

    @Nullable
    Filter filter() {
        if (json == null) {
            return null;
        }
        try {
            return Json.MAPPER.readValue(json, Filter.class);
        } catch (JsonProcessingException malformed) {
            throw new CommandFailure("--filter: " + Json.explain(malformed));
        }
    }
}
