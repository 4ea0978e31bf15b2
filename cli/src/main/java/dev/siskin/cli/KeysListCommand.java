package dev.siskin.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.siskin.auth.ApiKey;
import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import dev.siskin.auth.ServiceTier;
import dev.siskin.cli.print.Table;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists the keys of a data folder, without their digests. */
@Command(
        name = "list",
        description = "List the API keys; the keys themselves are not stored.",
        footer = {"", "Examples:", "  siskin keys list", "  siskin keys list --json"})
final class KeysListCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Mixin
    Output output = new Output();

    @Mixin
    DataOption dataOption = new DataOption();

    KeysListCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    /** One key as printed. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ListedKey(
            String id,
            String tenant,
            Set<Scope> scopes,
            ServiceTier tier,
            @Nullable Integer ratePerMinute) {}

    @Override
    public Integer call() {
        var file = new KeyFile(dataOption.folder(invocation).keys());
        List<ApiKey> keys = file.exists() ? file.read() : List.of();
        if (output.json) {
            Output.printJson(
                    invocation, keys.stream().map(KeysListCommand::listed).toList());
        } else if (keys.isEmpty()) {
            invocation.terminal().line("no keys: the services are open to this machine alone");
        } else {
            print(keys);
        }
        return 0;
    }

    private static ListedKey listed(ApiKey key) {
        return new ListedKey(key.id(), key.tenant(), key.scopes(), key.tier(), key.ratePerMinute());
    }

    private void print(List<ApiKey> keys) {
        var table = Table.of("id", "tenant", "scopes", "tier", "a minute");
        for (ApiKey key : keys) {
            table.row(
                    key.id(),
                    key.tenant(),
                    key.scopes().stream().map(Scope::wireName).sorted().collect(Collectors.joining(",")),
                    key.tier().name().toLowerCase(Locale.ROOT),
                    key.ratePerMinute() == null
                            ? "no limit"
                            : key.ratePerMinute().toString());
        }
        table.print(invocation.terminal(), 0);
    }
}
