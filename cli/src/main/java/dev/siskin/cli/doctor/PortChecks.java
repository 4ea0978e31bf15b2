package dev.siskin.cli.doctor;

import dev.siskin.cli.process.DataFolder;
import dev.siskin.cli.process.Service;
import dev.siskin.cli.process.ServiceProcess;
import dev.siskin.cli.process.Stack;
import dev.siskin.settings.Settings;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Whether each service can have its port, or has it already. */
final class PortChecks {
    private final DataFolder data;
    private final Settings settings;

    PortChecks(DataFolder data, Settings settings) {
        this.data = data;
        this.settings = settings;
    }

    List<Finding> ports() {
        return Stream.of(Service.values()).map(this::port).toList();
    }

    private Finding port(Service service) {
        int port = service.port(settings);
        String check = "port " + port;
        Optional<ServiceProcess> running = ServiceProcess.find(data, service);
        if (running.isPresent()) {
            return Finding.ok(
                    check,
                    service.module() + " runs at " + running.get().url() + " (pid "
                            + running.get().pid() + ")");
        }
        return Stack.isFree(settings.get(service.http().bind()), port)
                ? Finding.ok(check, "free for " + service.module())
                : Finding.bad(
                        check,
                        "in use, and not by a " + service.module() + " of this data folder",
                        "stop what uses it, or choose another with "
                                + service.http().port().env());
    }
}
