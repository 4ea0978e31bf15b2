package dev.siskin.cli;

import dev.siskin.api.Tier;
import dev.siskin.cli.print.MemoryTable;
import dev.siskin.cli.print.Terminal;
import dev.siskin.cli.process.DataFolder;
import dev.siskin.cli.process.Service;
import dev.siskin.cli.process.ServiceProcess;
import dev.siskin.cli.process.Stack;
import dev.siskin.http.ServiceClient;
import dev.siskin.settings.Settings;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows the whole on the project's own documentation. */
@Command(
        name = "demo",
        description = {
            "Start both services, index this project's documentation and ask it three questions.",
            "Stays up until Ctrl-C; has a data folder of its own, .siskin/demo."
        },
        footer = {"", "Examples:", "  siskin demo", "  siskin demo --exit", "  siskin demo --small own"})
final class DemoCommand implements Callable<Integer> {
    private static final String COLLECTION = "siskin-docs";
    /** Without the README, which shows this command's own output and would be quoted as an answer. */
    private static final List<String> DOCUMENTATION = List.of("docs", "CONTRIBUTING.md", "CHANGELOG.md");

    private static final List<String> QUESTIONS = List.of(
            "What happens when retrieval-service is down?",
            "How does a second run know what changed?",
            "What does the key file hold?");

    private final Invocation invocation;
    private final Terminal terminal;

    @Option(names = "--exit", description = "End after the answers instead of staying up.")
    boolean exit;

    @Option(names = "--data", paramLabel = "DIR", description = "Data folder; default: .siskin/demo.")
    Path dataPath = Path.of("");

    @Mixin
    SmallModelOption smallModel = new SmallModelOption();

    DemoCommand(Invocation invocation) {
        this.invocation = invocation;
        this.terminal = invocation.terminal();
    }

    @Override
    public Integer call() {
        Path chosen = dataPath.toString().isEmpty()
                ? invocation.installation().defaultData().resolve("demo")
                : dataPath;
        var data = new DataFolder(chosen.toAbsolutePath().normalize());
        DataFolder.Lock lock = data.tryLock().orElseThrow(() -> alreadyRunning(data));
        try {
            return run(data);
        } finally {
            lock.close();
        }
    }

    private static CommandFailure alreadyRunning(DataFolder data) {
        String where =
                Stack.running(data).stream().map(process -> " " + process.url()).reduce("", String::concat);
        return new CommandFailure("a demo is running already:" + where
                + "; stop it with Ctrl-C there, or with ./siskin down --data " + data.path());
    }

    private int run(DataFolder data) {
        for (ServiceProcess leftover : Stack.running(data).reversed()) {
            terminal.progress("stopping " + leftover.service().module() + ", left behind by an earlier demo");
            leftover.stop();
        }
        try (var stack = new Stack(
                invocation.installation(),
                data,
                invocation.settings(),
                false,
                false,
                smallModel.settings(invocation, data))) {
            start(stack);
            index(url(stack, Service.RETRIEVAL));
            ask(url(stack, Service.INFERENCE));
            printMemory(stack);
            if (exit) {
                return 0;
            }
            printNext(stack, data);
            Optional<CommandFailure> end = stack.awaitEnd();
            if (end.isPresent()) {
                throw end.get();
            }
            return 0;
        }
    }

    private void start(Stack stack) {
        heading("Two services, each a process of its own");
        long started = System.nanoTime();
        stack.start(ports());
        for (ServiceProcess process : stack.processes()) {
            terminal.line(
                    String.format("  %-18s %s   (pid %d)", process.service().module(), process.url(), process.pid()));
        }
        terminal.line("  ready after " + (System.nanoTime() - started) / 1_000_000 + " ms");
    }

    /** The usual ports, or free ones where somebody else has them. */
    private Map<Service, Integer> ports() {
        Settings settings = invocation.settings();
        var ports = new EnumMap<Service, Integer>(Service.class);
        for (Service service : Service.values()) {
            int usual = service.port(settings);
            if (usual != 0 && Stack.isFree(settings.get(service.http().bind()), usual)) {
                ports.put(service, usual);
            } else {
                int free = Stack.freePort();
                terminal.line("  port " + usual + " is in use: " + service.module() + " takes " + free);
                ports.put(service, free);
            }
        }
        return ports;
    }

    private void index(URI retrieval) {
        heading("This project's documentation becomes the collection '" + COLLECTION + "'");
        Path home = invocation.installation().home();
        List<Path> documents =
                DOCUMENTATION.stream().map(home::resolve).filter(Files::exists).toList();
        if (documents.isEmpty()) {
            throw new CommandFailure("no documentation to index in " + home + ": run the demo from a whole checkout");
        }
        int status = IndexCommand.run(
                invocation,
                retrieval,
                Optional.empty(),
                documents,
                IndexCommand.defaultMemory(),
                List.of("--collection", COLLECTION, "--include", "*.md"));
        if (status != 0 && status != IndexCommand.SOME_FAILED) {
            throw new CommandFailure("indexing ended with status " + status + "; what it said stands above");
        }
    }

    private void ask(URI inference) {
        Optional<Tier> route = smallModel.isNamed() ? Optional.of(Tier.SMALL) : Optional.empty();
        try (ServiceClient client = ServiceClient.to(inference)) {
            for (String question : QUESTIONS) {
                heading(question);
                AskCommand.printAsWritten(
                        invocation,
                        client,
                        AskCommand.request(question, COLLECTION, null, null, route.orElse(null), true));
            }
        }
    }

    private void printMemory(Stack stack) {
        heading("What it takes");
        var pids = new LinkedHashMap<String, Long>();
        stack.processes().forEach(process -> pids.put(process.service().module(), process.pid()));
        MemoryTable.print(terminal, pids, 2);
    }

    private void printNext(Stack stack, DataFolder data) {
        heading("Go on");
        Settings settings = invocation.settings();
        boolean usualPorts = stack.processes().stream()
                .allMatch(
                        process -> process.url().getPort() == process.service().port(settings));
        String where = usualPorts ? "" : " --data " + data.path();
        Stream.of(
                        "The console:   " + terminal.bold(url(stack, Service.INFERENCE) + "/"),
                        "Ask more:      ./siskin ask \"…\" --collection " + COLLECTION + where,
                        "Your folder:   ./siskin index FOLDER --collection NAME" + where,
                        "Ctrl-C stops both services.")
                .forEach(line -> terminal.line("  " + line));
    }

    private static URI url(Stack stack, Service service) {
        return stack.processes().stream()
                .filter(process -> process.service() == service)
                .map(ServiceProcess::url)
                .findFirst()
                .orElseThrow();
    }

    private void heading(String text) {
        terminal.line();
        terminal.line(terminal.bold(text));
    }
}
