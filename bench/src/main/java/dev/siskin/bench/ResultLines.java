package dev.siskin.bench;

import dev.siskin.api.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** Keeps measurements as lines of JSON, for tables and plots: {@code docs/benchmarks/README.md} lists the fields. */
public final class ResultLines {
    @Option(names = "--results", description = "file to add the figures to, a line of JSON each")
    private List<Path> files = new ArrayList<>();

    @Option(
            names = "--label",
            description = "name=value added to each line of --results; may be repeated",
            mapFallbackValue = "true")
    private Map<String, String> labels = new LinkedHashMap<>();

    /** Adds a line where a file was named. */
    public void add(Map<String, Object> figures) throws IOException {
        var line = new LinkedHashMap<String, Object>(labels);
        line.putAll(figures);
        for (Path file : files) {
            Files.writeString(
                    file,
                    Json.MAPPER.writeValueAsString(line) + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        }
    }
}
