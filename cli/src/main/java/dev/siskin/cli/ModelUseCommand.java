package dev.siskin.cli;

import dev.siskin.api.GeneratorList;
import dev.siskin.api.GeneratorRequest;
import dev.siskin.api.GeneratorStatus;
import dev.siskin.api.GeneratorStatus.Change;
import dev.siskin.api.GeneratorStatus.State;
import dev.siskin.http.ServiceClient;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Gives a tier of the running service another model. */
@Command(
        name = "use",
        description = {
            "Have a tier of the running inference-service write with another model, or with the same one anew.",
            "Where both fit into the memory no answer is lost. It lasts until the service is started again. Ctrl-C stops the showing, not the change."
        },
        footer = {
            "",
            "Examples:",
            "  siskin model use smollm2-135m-instruct",
            "  siskin model use qwen2.5-0.5b-instruct --tier large --file onnx/model_int8.onnx"
        })
final class ModelUseCommand implements Callable<Integer> {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

    private final Invocation invocation;

    @Parameters(paramLabel = "NAME", description = "The model's name, as siskin model list shows it.")
    String name = "";

    @Option(names = "--tier", paramLabel = "TIER", description = "small or large; default: ${DEFAULT-VALUE}.")
    LocalTier tier = LocalTier.small;

    @Option(
            names = "--file",
            paramLabel = "GRAPH",
            description = "Which graph of the model, such as onnx/model_int8.onnx; default: the best there is.")
    @Nullable
    String file;

    @Mixin
    Output output = new Output();

    @Mixin
    ClientOptions.Inference inference = new ClientOptions.Inference();

    ModelUseCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    /** As the user types it. */
    enum LocalTier {
        small,
        large
    }

    @Override
    public Integer call() throws InterruptedException {
        try (ServiceClient client = inference.connect(invocation)) {
            GeneratorStatus end = awaitEnd(
                    client,
                    client.put(
                            "/v1/generators/" + tier, new GeneratorRequest(name, file), GeneratorStatus.class, SOON));
            return print(end);
        }
    }

    private GeneratorStatus awaitEnd(ServiceClient client, GeneratorStatus started) throws InterruptedException {
        GeneratorStatus now = started;
        @Nullable State last = null;
        while (!change(now).state().isEnd()) {
            if (change(now).state() != last) {
                last = change(now).state();
                invocation.terminal().progress(progress(change(now)));
            }
            Thread.sleep(LOOK_AGAIN);
            now = client.get("/v1/generators", GeneratorList.class, SOON).generators().stream()
                    .filter(one -> one.tier() == started.tier())
                    .findFirst()
                    .orElseThrow(() -> new CommandFailure("tier " + tier + " is gone: was the service started anew?"));
        }
        return now;
    }

    private Change change(GeneratorStatus status) {
        Change change = status.change();
        if (change == null) {
            throw new CommandFailure("tier " + tier + " knows of no change: was the service started anew?");
        }
        return change;
    }

    private static String progress(Change change) {
        return switch (change.state()) {
            case DRAINING -> "the model before ends its answers …";
            case LOADING, DONE, FAILED -> change.state().name().toLowerCase(Locale.ROOT) + ": " + change.model() + " …";
        };
    }

    private int print(GeneratorStatus end) {
        boolean failed = change(end).state() == State.FAILED;
        if (output.json) {
            Output.printJson(invocation, end);
            return failed ? 1 : 0;
        }
        if (failed) {
            String left = end.model() == null ? "it has no model now" : "it goes on with " + end.model();
            throw new CommandFailure(
                    "tier %s: %s; %s".formatted(tier, change(end).error(), left));
        }
        invocation.terminal().line("tier %s: %s".formatted(tier, end.model()));
        boolean namesGraph = file != null && !file.isEmpty();
        if (namesGraph || !name.equals(end.modelAtStart())) {
            String setting = "SISKIN_INFERENCE_" + tier.name().toUpperCase(Locale.ROOT) + "_LOCAL_";
            String graph = namesGraph ? " " + setting + "FILE=" + file : "";
            invocation
                    .terminal()
                    .line("The next start brings back %s; to keep it: %sMODEL=%s%s"
                            .formatted(end.modelAtStart(), setting, name, graph));
        }
        return 0;
    }
}
