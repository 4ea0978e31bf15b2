package dev.siskin.cli;

import dev.siskin.auth.KeyFile;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Revokes a key: running services stop accepting it within a second. */
@Command(
        name = "revoke",
        description = "Revoke an API key; running services stop accepting it within a second.",
        footer = {"", "Example:", "  siskin keys revoke acme-1f3a"})
final class KeysRevokeCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Parameters(paramLabel = "ID", description = "The key's id, as siskin keys list shows it.")
    String id = "";

    @Mixin
    DataOption dataOption = new DataOption();

    KeysRevokeCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        var keys = new KeyFile(dataOption.folder(invocation).keys());
        if (!keys.exists() || !keys.revoke(id)) {
            throw new CommandFailure("no key has this id: id=" + id + "; ./siskin keys list shows them");
        }
        invocation.terminal().line("revoked " + id);
        return 0;
    }
}
