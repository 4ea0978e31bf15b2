package dev.siskin.cli;

import dev.siskin.api.SnapshotInfo;
import dev.siskin.cli.print.Amounts;
import dev.siskin.http.ServiceClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Makes a snapshot of a collection. */
@Command(
        name = "create",
        description = "Make a snapshot of a collection; it takes room only for what the collection changes after.",
        footer = {
            "",
            "Examples:",
            "  siskin snapshot create papers",
            "  siskin snapshot create papers --tenant acme --json"
        })
final class SnapshotCreateCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Mixin
    CollectionOfTenant collection = new CollectionOfTenant();

    @Mixin
    Output output = new Output();

    SnapshotCreateCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        try (ServiceClient client = collection.connect(invocation)) {
            SnapshotInfo made = client.post(collection.snapshots(), SnapshotInfo.class, CollectionOfTenant.SOON);
            if (output.json) {
                Output.printJson(invocation, made);
            } else {
                invocation
                        .terminal()
                        .line("%s: generation %d, %s"
                                .formatted(made.id(), made.generation(), Amounts.bytes(made.bytes())));
            }
        }
        return 0;
    }
}
