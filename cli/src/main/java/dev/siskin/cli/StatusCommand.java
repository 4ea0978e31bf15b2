package dev.siskin.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.siskin.api.CollectionInfo;
import dev.siskin.api.CollectionList;
import dev.siskin.cli.print.Amounts;
import dev.siskin.cli.print.MemoryTable;
import dev.siskin.cli.print.Table;
import dev.siskin.cli.print.Terminal;
import dev.siskin.cli.process.DataFolder;
import dev.siskin.cli.process.Readiness;
import dev.siskin.cli.process.Service;
import dev.siskin.cli.process.ServiceProcess;
import dev.siskin.http.ServiceClient;
import dev.siskin.http.ServiceException;
import dev.siskin.http.ServiceUnreachableException;
import dev.siskin.memory.MemoryProbe;
import dev.siskin.memory.MemoryReading;
import dev.siskin.settings.Settings;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows both services and their collections. */
@Command(
        name = "status",
        description = "Show both services and their collections; exit status 0 where both are ready, else 1.",
        footer = {"", "Examples:", "  siskin status", "  siskin status --json"})
final class StatusCommand implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final String NO_RETRIEVAL = "retrieval-service does not answer";

    private final Invocation invocation;

    @Mixin
    Output output = new Output();

    @Mixin
    ClientOptions.Retrieval retrieval = new ClientOptions.Retrieval();

    StatusCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    /**
     * One service.
     *
     * @param pid null where the service was not started from this data folder
     * @param state {@code ready}, {@code not ready: …} or {@code no answer}
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    record ServiceStatus(
            String service,
            URI url,
            boolean ready,
            String state,
            @Nullable Long pid,
            @Nullable Long uptimeSeconds,
            @Nullable MemoryReading memory) {}

    /**
     * The whole.
     *
     * @param collections null where they cannot be listed, see {@code collectionsError}
     */
    record Status(
            String data,
            List<ServiceStatus> services,
            @Nullable List<CollectionInfo> collections,
            @Nullable String collectionsError) {}

    @Override
    public Integer call() {
        DataFolder data = retrieval.client.data.folder(invocation);
        var services = new ArrayList<ServiceStatus>();
        for (Service service : Service.values()) {
            services.add(look(data, service));
        }
        Status status = withCollections(data, services);
        if (output.json) {
            Output.printJson(invocation, status);
        } else {
            print(status);
        }
        return services.stream().allMatch(ServiceStatus::ready) ? 0 : 1;
    }

    private ServiceStatus look(DataFolder data, Service service) {
        Settings settings = invocation.settings();
        Optional<ServiceProcess> process = ServiceProcess.find(data, service);
        URI url = process.map(ServiceProcess::url).orElseGet(() -> service.address(settings, service.port(settings)));
        Readiness readiness = Readiness.of(url);
        return new ServiceStatus(
                service.module(),
                url,
                readiness instanceof Readiness.Ready,
                readiness.describe(),
                process.map(ServiceProcess::pid).orElse(null),
                process.flatMap(ServiceProcess::uptime).map(Duration::toSeconds).orElse(null),
                process.flatMap(known -> MemoryProbe.ofPid(known.pid()).read()).orElse(null));
    }

    private Status withCollections(DataFolder data, List<ServiceStatus> services) {
        String folder = data.path().toString();
        if (services.stream().noneMatch(ServiceStatus::ready)) {
            return new Status(folder, services, null, NO_RETRIEVAL);
        }
        try (ServiceClient client = retrieval.connect(invocation)) {
            List<CollectionInfo> collections =
                    client.get("/v1/collections", CollectionList.class, TIMEOUT).collections();
            return new Status(folder, services, collections, null);
        } catch (ServiceException refused) {
            return new Status(folder, services, null, refused.detail());
        } catch (ServiceUnreachableException silent) {
            return new Status(folder, services, null, NO_RETRIEVAL);
        }
    }

    private void print(Status status) {
        Terminal terminal = invocation.terminal();
        var pids = new LinkedHashMap<String, Long>();
        for (ServiceStatus service : status.services()) {
            String state = service.ready() ? terminal.green(service.state()) : terminal.red(service.state());
            terminal.line(terminal.bold(service.service()) + "  " + service.url() + "  " + state + runs(service));
            if (service.pid() != null) {
                pids.put(service.service(), service.pid());
            }
        }
        if (!pids.isEmpty()) {
            terminal.line();
            MemoryTable.print(terminal, pids, 0);
        }
        terminal.line();
        printCollections(status);
    }

    private static String runs(ServiceStatus service) {
        if (service.pid() == null) {
            return service.ready() ? "  (not started from this data folder)" : "";
        }
        String uptime = service.uptimeSeconds() == null
                ? ""
                : ", up " + Amounts.duration(Duration.ofSeconds(service.uptimeSeconds()));
        return "  (pid " + service.pid() + uptime + ")";
    }

    private void printCollections(Status status) {
        Terminal terminal = invocation.terminal();
        List<CollectionInfo> collections = status.collections();
        if (collections == null) {
            terminal.line("collections: " + status.collectionsError());
        } else if (collections.isEmpty()) {
            terminal.line("no collections yet: ./siskin index FOLDER --collection NAME makes one");
        } else {
            var table = Table.of("collection", "documents", "chunks", "generation", "embedding model");
            for (CollectionInfo info : collections) {
                table.row(
                        info.name(),
                        String.format("%,d", info.documents()),
                        String.format("%,d", info.chunks()),
                        Long.toString(info.generation()),
                        info.embeddingModel());
            }
            table.print(terminal, 0);
        }
    }
}
