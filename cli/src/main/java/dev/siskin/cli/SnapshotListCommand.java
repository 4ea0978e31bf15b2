package dev.siskin.cli;

import dev.siskin.api.SnapshotInfo;
import dev.siskin.api.SnapshotList;
import dev.siskin.cli.print.Amounts;
import dev.siskin.cli.print.Table;
import dev.siskin.http.ServiceClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists the snapshots of a collection. */
@Command(
        name = "list",
        description = "List the snapshots of a collection, oldest first; they outlive it.",
        footer = {"", "Examples:", "  siskin snapshot list papers", "  siskin snapshot list papers --json"})
final class SnapshotListCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Mixin
    CollectionOfTenant collection = new CollectionOfTenant();

    @Mixin
    Output output = new Output();

    SnapshotListCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        try (ServiceClient client = collection.connect(invocation)) {
            SnapshotList list = client.get(collection.snapshots(), SnapshotList.class, CollectionOfTenant.SOON);
            if (output.json) {
                Output.printJson(invocation, list);
            } else if (list.snapshots().isEmpty()) {
                invocation.terminal().line("no snapshots: make one with ./siskin snapshot create " + collection.name);
            } else {
                print(list);
            }
        }
        return 0;
    }

    private void print(SnapshotList list) {
        var table = Table.of("id", "created", "generation", "bytes");
        for (SnapshotInfo snapshot : list.snapshots()) {
            table.row(
                    snapshot.id(),
                    snapshot.created().toString(),
                    Long.toString(snapshot.generation()),
                    Amounts.bytes(snapshot.bytes()));
        }
        table.print(invocation.terminal(), 0);
    }
}
