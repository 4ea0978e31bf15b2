package dev.siskin.cli;

import dev.siskin.api.RestoreSummary;
import dev.siskin.cli.print.Amounts;
import dev.siskin.http.ContentKind;
import dev.siskin.http.ServiceClient;
import java.io.FileNotFoundException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Restores a collection from a snapshot's tar. */
@Command(
        name = "restore",
        description = {
            "Restore a collection from a snapshot: makes it, or replaces it whole.",
            "Until the end the old one answers. Where keys are in use it needs one of scope admin."
        },
        footer = {
            "",
            "Examples:",
            "  siskin restore papers papers.tar",
            "  siskin restore papers-of-may /backup/papers.tar --tenant acme"
        })
final class RestoreCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Mixin
    CollectionOfTenant collection = new CollectionOfTenant();

    @Parameters(index = "1", paramLabel = "FILE", description = "Tar that siskin snapshot download wrote.")
    Path file = Path.of("");

    @Mixin
    Output output = new Output();

    RestoreCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        try (ServiceClient client = collection.connect(invocation)) {
            RestoreSummary restored = client.upload(
                    collection.restore(),
                    ContentKind.TAR,
                    BodyPublishers.ofFile(file),
                    RestoreSummary.class,
                    CollectionOfTenant.AS_LONG_AS_IT_TAKES);
            if (output.json) {
                Output.printJson(invocation, restored);
            } else {
                invocation
                        .terminal()
                        .line("%s %s: %s, %s, generation %d"
                                .formatted(
                                        restored.created() ? "made" : "replaced",
                                        restored.collection(),
                                        Amounts.count(restored.documents(), "document"),
                                        Amounts.count(restored.chunks(), "chunk"),
                                        restored.generation()));
            }
        } catch (FileNotFoundException missing) {
            throw new CommandFailure("there is no such file: " + file);
        }
        return 0;
    }
}
