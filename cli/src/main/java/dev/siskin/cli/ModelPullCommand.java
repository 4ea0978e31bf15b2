package dev.siskin.cli;

import dev.siskin.cli.model.FreeSpace;
import dev.siskin.cli.model.HubClient;
import dev.siskin.cli.model.ModelPull;
import dev.siskin.cli.model.ModelSource;
import dev.siskin.cli.model.ModelStore;
import dev.siskin.cli.model.Patience;
import dev.siskin.generators.GeneratorFolder;
import dev.siskin.settings.Settings;
import java.net.URI;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Pulls a model from a hub. */
@Command(
        name = "pull",
        description = {
            "Pull a model that writes answers from a hub (models.base.url) into the data folder.",
            "Taken are its configuration, its tokenizer and one graph, the smallest kind that runs well.",
            "Every file is checked against its checksum. Ctrl-C stops it; the next pull goes on."
        },
        footer = {
            "",
            "Examples:",
            "  siskin model pull onnx-community/Qwen2.5-0.5B-Instruct",
            "  siskin model pull onnx-community/Llama-3.2-1B-Instruct --file onnx/model_int8.onnx --name llama",
            "  siskin model pull microsoft/Phi-3-mini-4k-instruct-onnx/cpu_and_mobile/cpu-int4-rtn-block-32"
        })
final class ModelPullCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Parameters(
            paramLabel = "NAME|URL",
            description = "owner/name, owner/name/folder where a repository holds several, or the address of its page.")
    String model = "";

    @Option(
            names = "--file",
            paramLabel = "PATTERN",
            description = "Graph to take in place of the usual one, as a glob; several times for several.")
    List<String> files = List.of();

    @Option(names = "--revision", paramLabel = "R", description = "Branch, tag or commit; default: main.")
    String revision = "";

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "What to call it; default: as on the hub, in small letters.")
    @Nullable
    String name;

    @Option(names = "--replace", description = "Take the place of a model of this name.")
    boolean replace;

    @Mixin
    DataOption dataOption = new DataOption();

    @Mixin
    Output output = new Output();

    ModelPullCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        Settings settings = invocation.settings();
        URI base = settings.get(HubClient.BASE);
        ModelSource source = ModelSource.of(model, base, revision);
        String chosen = name == null ? source.modelName() : name;
        var place = new ModelPlace(dataOption.library(invocation), chosen, replace);
        try (ModelStore store = place.claim();
                var hub = new HubClient(base, settings.get(HubClient.TOKEN), Patience.USUAL)) {
            GeneratorFolder pulled = new ModelPull(hub, invocation.terminal(), output.json, FreeSpace.OF_DISK)
                    .into(store, source, files);
            place.print(invocation, output, pulled);
        }
        return 0;
    }
}
