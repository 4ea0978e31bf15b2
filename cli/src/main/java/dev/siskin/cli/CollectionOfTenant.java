package dev.siskin.cli;

import dev.siskin.http.ServiceClient;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A collection that an administrator works on, of whatever tenant. */
final class CollectionOfTenant {
    /** For what is done at once. */
    static final Duration SOON = Duration.ofMinutes(5);

    /** For what takes as long as its bytes take. */
    static final Duration AS_LONG_AS_IT_TAKES = Duration.ofDays(1);

    @Parameters(index = "0", paramLabel = "COLLECTION", description = "Name of the collection.")
    String name = "";

    @Option(
            names = "--tenant",
            paramLabel = "TENANT",
            description = "Whose collection it is; default: the tenant of the key.")
    @Nullable
    String tenant;

    @Mixin
    ClientOptions.Retrieval retrieval = new ClientOptions.Retrieval();

    ServiceClient connect(Invocation invocation) {
        return retrieval.connect(invocation);
    }

    String snapshots() {
        return path("/snapshots");
    }

    String snapshot(String id) {
        return path("/snapshots/" + ServiceClient.segment(id));
    }

    String restore() {
        return path("/restore");
    }

    private String path(String below) {
        String path = "/v1/collections/" + ServiceClient.segment(name) + below;
        return tenant == null ? path : path + "?tenant=" + ServiceClient.segment(tenant);
    }
}
