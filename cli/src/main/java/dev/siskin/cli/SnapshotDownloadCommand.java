package dev.siskin.cli;

import dev.siskin.cli.print.Amounts;
import dev.siskin.http.ServiceClient;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Downloads a snapshot; what is there under the file's name is whole. */
@Command(
        name = "download",
        description = "Download a snapshot as a tar, which ./siskin restore takes.",
        footer = {
            "",
            "Examples:",
            "  siskin snapshot download papers 20260131t120000z-1f3a5b7c",
            "  siskin snapshot download papers 20260131t120000z-1f3a5b7c --output /backup/papers.tar"
        })
final class SnapshotDownloadCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Mixin
    CollectionOfTenant collection = new CollectionOfTenant();

    @Parameters(index = "1", paramLabel = "ID", description = "The snapshot's id, as siskin snapshot list shows it.")
    String id = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "File to write, which must not be there; default: COLLECTION-ID.tar.")
    @Nullable
    Path file;

    @Mixin
    Output output = new Output();

    SnapshotDownloadCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        Path target = (file == null ? Path.of(collection.name + "-" + id + ".tar") : file).toAbsolutePath();
        if (Files.exists(target)) {
            throw new CommandFailure("the file is there already: " + target + "; name another with --output");
        }
        Path beside = target.resolveSibling(target.getFileName() + ".part");
        try (ServiceClient client = collection.connect(invocation)) {
            long bytes = download(client, beside);
            Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE);
            if (output.json) {
                Output.printJson(invocation, Map.of("file", target.toString(), "bytes", bytes));
            } else {
                invocation.terminal().line("%s: %s".formatted(target, Amounts.bytes(bytes)));
            }
        } catch (IOException refused) {
            throw new UncheckedIOException("the download cannot be written", refused);
        }
        return 0;
    }

    private long download(ServiceClient client, Path beside) throws IOException {
        try (OutputStream out = Files.newOutputStream(
                beside, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            return client.download(collection.snapshot(id), out, CollectionOfTenant.AS_LONG_AS_IT_TAKES);
        } catch (IOException | RuntimeException failed) {
            Files.deleteIfExists(beside);
            throw failed;
        }
    }
}
