package dev.siskin.cli;

import dev.siskin.cli.print.Terminal;
import dev.siskin.cli.process.DataFolder;
import dev.siskin.cli.process.Service;
import dev.siskin.cli.process.ServiceProcess;
import dev.siskin.cli.process.Stack;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts both services and stays until Ctrl-C, or leaves them in the background. */
@Command(
        name = "up",
        description = "Start both services and stay until Ctrl-C, which stops them.",
        footer = {
            "",
            "Examples:",
            "  siskin up",
            "  siskin up --detach --data ~/siskin-data",
            "  siskin up --small own",
            "  SISKIN_INFERENCE_HTTP_PORT=8300 siskin up"
        })
final class UpCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Option(
            names = {"-d", "--detach"},
            description = "Leave them running in the background; siskin down stops them.")
    boolean detach;

    @Option(
            names = "--low-memory-start",
            description =
                    "Start retrieval-service with everything at its smallest, where the kernel kills it for memory.")
    boolean lowMemoryStart;

    @Mixin
    SmallModelOption smallModel = new SmallModelOption();

    @Mixin
    DataOption dataOption = new DataOption();

    UpCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        DataFolder data = dataOption.folder(invocation);
        Optional<DataFolder.Lock> lock = data.tryLock();
        List<ServiceProcess> running = Stack.running(data);
        if (lock.isEmpty()
                || (running.size() == Service.values().length
                        && running.stream().allMatch(this::answers))) {
            lock.ifPresent(DataFolder.Lock::close);
            printRunning(data, running);
            if (smallModel.isNamed()) {
                throw new CommandFailure("--small counts at a start: ./siskin down first");
            }
            return 0;
        }
        try {
            return start(data);
        } finally {
            lock.get().close();
        }
    }

    private boolean answers(ServiceProcess process) {
        if (process.isReady()) {
            return true;
        }
        invocation
                .terminal()
                .progress(process.service().module() + " (pid " + process.pid() + ") does not answer: waiting for it");
        return process.becomesReady(Stack.READY_TIMEOUT);
    }

    private int start(DataFolder data) {
        Terminal terminal = invocation.terminal();
        try (var stack = new Stack(
                invocation.installation(),
                data,
                invocation.settings(),
                detach,
                lowMemoryStart,
                smallModel.settings(invocation, data))) {
            terminal.progress("starting " + Service.RETRIEVAL.module() + " and " + Service.INFERENCE.module() + " …");
            long started = System.nanoTime();
            stack.start(Map.of());
            terminal.progress("ready after " + (System.nanoTime() - started) / 1_000_000 + " ms");
            print(data, stack.processes());
            if (detach) {
                stack.leaveRunning();
                terminal.line("They run in the background: ./siskin status shows them, ./siskin down stops them.");
                return 0;
            }
            terminal.line("Ctrl-C stops both.");
            Optional<CommandFailure> end = stack.awaitEnd();
            if (end.isPresent()) {
                throw end.get();
            }
            return 0;
        }
    }

    private void print(DataFolder data, List<ServiceProcess> processes) {
        Terminal terminal = invocation.terminal();
        for (ServiceProcess process : processes) {
            terminal.line(String.format(
                    "  %-18s %s   (pid %d, log %s)",
                    process.service().module(), terminal.bold(process.url().toString()), process.pid(), process.log()));
        }
        terminal.line("  data               " + data.path());
        terminal.line("Next: ./siskin index FOLDER --collection NAME, then ./siskin ask \"…\" --collection NAME");
    }

    private void printRunning(DataFolder data, List<ServiceProcess> running) {
        invocation
                .terminal()
                .line("already running for " + data.path() + (running.isEmpty() ? " (just starting)" : ""));
        print(data, running);
    }
}
