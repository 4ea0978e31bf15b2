package dev.siskin.bench.load;

import java.net.URI;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which server is measured, and with what. */
final class TargetOptions {
    @Option(
            names = "--target",
            defaultValue = "siskin",
            description = "siskin, chroma or opensearch (default: ${DEFAULT-VALUE})")
    private String target = "siskin";

    @Option(names = "--url", defaultValue = "http://127.0.0.1:7301", description = "default: ${DEFAULT-VALUE}")
    private URI url = URI.create("http://127.0.0.1:7301");

    @Option(names = "--collection", defaultValue = "bench", description = "default: ${DEFAULT-VALUE}")
    private String collection = "bench";

    @Option(names = "--dataset", required = true, description = "folder written by bench/dataset")
    private Path dataset = Path.of("");

    @Option(names = "--dimensions", defaultValue = "384", description = "default: ${DEFAULT-VALUE}")
    private int dimensions = 384;

    Target target() {
        return Target.named(target, url, collection);
    }

    Path file(String name) {
        return dataset.resolve(name);
    }

    int dimensions() {
        return dimensions;
    }
}
