package dev.siskin.cli;

import dev.siskin.http.ServiceClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Deletes a snapshot. */
@Command(
        name = "delete",
        description = "Delete a snapshot; the collection stays as it is.",
        footer = {"", "Example:", "  siskin snapshot delete papers 20260131t120000z-1f3a5b7c"})
final class SnapshotDeleteCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Mixin
    CollectionOfTenant collection = new CollectionOfTenant();

    @Parameters(index = "1", paramLabel = "ID", description = "The snapshot's id, as siskin snapshot list shows it.")
    String id = "";

    SnapshotDeleteCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        try (ServiceClient client = collection.connect(invocation)) {
            client.delete(collection.snapshot(id), CollectionOfTenant.SOON);
        }
        invocation.terminal().line("deleted " + id);
        return 0;
    }
}
