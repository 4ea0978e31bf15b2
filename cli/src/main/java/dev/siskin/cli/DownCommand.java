package dev.siskin.cli;

import dev.siskin.cli.process.DataFolder;
import dev.siskin.cli.process.ServiceProcess;
import dev.siskin.cli.process.Stack;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Stops both services, letting them finish what they accepted. */
@Command(
        name = "down",
        description = "Stop both services; requests they have accepted are finished first.",
        footer = {"", "Examples:", "  siskin down", "  siskin down --data ~/siskin-data"})
final class DownCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Mixin
    DataOption dataOption = new DataOption();

    DownCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        DataFolder data = dataOption.folder(invocation);
        List<ServiceProcess> running = Stack.running(data);
        if (running.isEmpty()) {
            invocation.terminal().line("nothing is running for " + data.path());
        }
        for (ServiceProcess process : running.reversed()) {
            process.stop();
            invocation.terminal().line("stopped " + process.service().module() + " (pid " + process.pid() + ")");
        }
        return 0;
    }
}
