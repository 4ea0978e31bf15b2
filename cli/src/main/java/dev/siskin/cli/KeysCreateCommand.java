package dev.siskin.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.siskin.auth.ApiKey;
import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import dev.siskin.auth.ServiceTier;
import dev.siskin.cli.print.Terminal;
import dev.siskin.cli.process.DataFolder;
import dev.siskin.cli.process.Stack;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes a key and prints it, once; only its digest is stored. */
@Command(
        name = "create",
        description = "Make an API key and print it; only its SHA-256 is kept, so it cannot be shown again.",
        footer = {
            "",
            "Examples:",
            "  siskin keys create",
            "  siskin keys create --tenant acme --scopes query --tier premium --rate-per-minute 600"
        })
final class KeysCreateCommand implements Callable<Integer> {
    private static final int ID_BYTES = 3;

    private final Invocation invocation;

    @Option(
            names = "--tenant",
            paramLabel = "NAME",
            defaultValue = "default",
            description = "Whose collections it opens; default: ${DEFAULT-VALUE}.")
    String tenant = "default";

    @Option(
            names = "--scopes",
            paramLabel = "SCOPE",
            split = ",",
            defaultValue = "query,write",
            description = "What it may: query, write, admin, service; default: ${DEFAULT-VALUE}.")
    List<Word> scopes = List.of();

    @Option(
            names = "--tier",
            paramLabel = "TIER",
            defaultValue = "standard",
            description = "standard or premium; default: ${DEFAULT-VALUE}.")
    Level tier = Level.standard;

    @Option(
            names = "--rate-per-minute",
            paramLabel = "N",
            description = "Requests a minute it may make; default: no limit.")
    @Nullable
    Integer ratePerMinute;

    @Option(names = "--id", paramLabel = "ID", description = "Its name in logs and lists; default: made up.")
    @Nullable
    String id;

    @Mixin
    Output output = new Output();

    @Mixin
    DataOption dataOption = new DataOption();

    KeysCreateCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    /** A scope as the user types it. */
    enum Word {
        query,
        write,
        admin,
        service
    }

    /** A service tier as the user types it. */
    enum Level {
        standard,
        premium
    }

    /** What is printed as JSON. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record CreatedKey(
            String id,
            String key,
            String tenant,
            Set<Scope> scopes,
            ServiceTier tier,
            @Nullable Integer ratePerMinute) {}

    @Override
    public Integer call() {
        DataFolder data = dataOption.folder(invocation);
        var keys = new KeyFile(data.keys());
        boolean first = !keys.exists();
        KeyFile.Created created = create(keys);
        ApiKey entry = created.entry();
        if (output.json) {
            Output.printJson(
                    invocation,
                    new CreatedKey(
                            entry.id(),
                            created.key(),
                            entry.tenant(),
                            entry.scopes(),
                            entry.tier(),
                            entry.ratePerMinute()));
            return 0;
        }
        Terminal terminal = invocation.terminal();
        terminal.line(created.key());
        terminal.progress("key '" + entry.id() + "' of tenant '" + entry.tenant() + "' may "
                + entry.scopes().stream().map(Scope::wireName).sorted().collect(Collectors.joining(", "))
                + "; it is not stored and will not be shown again");
        terminal.progress("use it: export SISKIN_KEY=…");
        if (first && !Stack.running(data).isEmpty()) {
            terminal.progress("the services run without keys until they are started anew: ./siskin down, ./siskin up");
        }
        return 0;
    }

    private KeyFile.Created create(KeyFile keys) {
        Set<Scope> granted = scopes.stream()
                .map(word -> Scope.valueOf(word.name().toUpperCase(Locale.ROOT)))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Scope.class)));
        try {
            return keys.create(
                    id == null ? tenant + "-" + random() : id,
                    tenant,
                    granted,
                    ServiceTier.valueOf(tier.name().toUpperCase(Locale.ROOT)),
                    ratePerMinute);
        } catch (IllegalArgumentException refused) {
            throw new CommandFailure(String.valueOf(refused.getMessage()));
        }
    }

    private static String random() {
        byte[] bytes = new byte[ID_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
