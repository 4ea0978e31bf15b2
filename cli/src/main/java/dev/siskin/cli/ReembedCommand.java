package dev.siskin.cli;

import dev.siskin.api.Quantization;
import dev.siskin.api.ReembedRequest;
import dev.siskin.api.ReembedStatus;
import dev.siskin.cli.print.Amounts;
import dev.siskin.http.ServiceClient;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Has a collection re-embedded and shows how it goes. */
@Command(
        name = "reembed",
        description = {
            "Make a collection's vectors anew, with another embedding model or quantization.",
            "The collection answers and takes writes meanwhile. Ctrl-C stops the showing, not the work."
        },
        footer = {
            "",
            "Examples:",
            "  siskin reembed papers --model all-minilm-l6-v2",
            "  siskin reembed papers --status",
            "  siskin reembed papers --cancel"
        })
final class ReembedCommand implements Callable<Integer> {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final Invocation invocation;

    @Parameters(paramLabel = "COLLECTION", description = "Name of the collection.")
    String collection = "";

    @Option(names = "--model", paramLabel = "NAME", description = "Embedding model; default: the collection's.")
    @Nullable
    String model;

    @Option(
            names = "--quantization",
            paramLabel = "LEVEL",
            description = "none, int8, int4, int2 or int1; default: the collection's.")
    @Nullable
    Level quantization;

    @Option(names = "--status", description = "Only tell how the re-embedding under way stands.")
    boolean status;

    @Option(names = "--cancel", description = "Give up the re-embedding under way.")
    boolean cancel;

    @Option(names = "--detach", description = "Do not wait for its end.")
    boolean detach;

    @Mixin
    Output output = new Output();

    @Mixin
    ClientOptions.Retrieval retrieval = new ClientOptions.Retrieval();

    ReembedCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    /** As the user types it. */
    enum Level {
        none,
        int8,
        int4,
        int2,
        int1;

        Quantization wire() {
            return Quantization.valueOf(name().toUpperCase(Locale.ROOT));
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        String path = "/v1/collections/" + ServiceClient.segment(collection) + "/reembed";
        try (ServiceClient client = retrieval.connect(invocation)) {
            if (cancel) {
                client.delete(path, SOON);
                invocation.terminal().line("cancelled: " + collection + " stays as it is");
                return 0;
            }
            ReembedStatus now = status
                    ? client.get(path, ReembedStatus.class, SOON)
                    : client.post(
                            path,
                            new ReembedRequest(model, quantization == null ? null : quantization.wire()),
                            ReembedStatus.class,
                            SOON);
            return print(status || detach ? now : awaitEnd(client, path, now));
        }
    }

    private ReembedStatus awaitEnd(ServiceClient client, String path, ReembedStatus started)
            throws InterruptedException {
        ReembedStatus now = started;
        String last = "";
        while (!now.state().isEnd()) {
            String line = progress(now);
            if (!line.equals(last)) {
                invocation.terminal().progress(line);
                last = line;
            }
            Thread.sleep(LOOK_AGAIN);
            now = client.get(path, ReembedStatus.class, SOON);
        }
        return now;
    }

    private static String progress(ReembedStatus now) {
        String done = "%s: %,d of %s"
                .formatted(name(now), now.documentsDone(), Amounts.count(now.documentsTotal(), "document"));
        Long eta = now.etaSeconds();
        return eta == null ? done : done + ", " + Amounts.duration(Duration.ofSeconds(eta)) + " to go";
    }

    private static String name(ReembedStatus now) {
        return now.state().name().toLowerCase(Locale.ROOT);
    }

    private int print(ReembedStatus now) {
        if (output.json) {
            Output.printJson(invocation, now);
        } else if (now.state() == ReembedStatus.State.DONE) {
            invocation
                    .terminal()
                    .line("%s has vectors of %s: %s, generation %d"
                            .formatted(
                                    now.collection(),
                                    now.embeddingModel(),
                                    Amounts.count(now.documentsTotal(), "document"),
                                    now.generation()));
        } else {
            invocation.terminal().line(progress(now) + (now.error() == null ? "" : ": " + now.error()));
        }
        return now.state() == ReembedStatus.State.FAILED ? 1 : 0;
    }
}
