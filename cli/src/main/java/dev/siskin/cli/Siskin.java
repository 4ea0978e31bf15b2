package dev.siskin.cli;

import dev.siskin.auth.InvalidKeyFileException;
import dev.siskin.cli.print.Terminal;
import dev.siskin.http.ServiceException;
import dev.siskin.http.ServiceUnreachableException;
import dev.siskin.settings.SettingException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;

/**
 * The commands behind {@code ./siskin}. Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted. Results go
 * to stdout, everything else to stderr; an error is one line with its remedy.
 */
@Command(
        name = "siskin",
        mixinStandardHelpOptions = true,
        versionProvider = Siskin.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description = "Answers questions over your own documents on hosts where memory is the bill.",
        footer = {
            "",
            "The launcher adds: build (build what is missing or stale), test (run every test).",
            "'siskin COMMAND --help' says more. Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
        })
public final class Siskin {
    /** Set to print the stack trace of an unexpected error. */
    private static final String TRACE_ENV = "SISKIN_TRACE";

    private Siskin() {}

    public static void main(String[] arguments) {
        System.exit(run(Invocation.ofThisProcess(), arguments));
    }

    /** Runs one command and returns its exit status. */
    static int run(Invocation invocation, String... arguments) {
        CommandLine commands = commandLine(invocation);
        if (arguments.length == 0) {
            commands.usage(commands.getOut());
            return CommandLine.ExitCode.OK;
        }
        return commands.execute(arguments);
    }

    static CommandLine commandLine(Invocation invocation) {
        Terminal terminal = invocation.terminal();
        CommandLine keys = new CommandLine(new KeysCommand())
                .addSubcommand(new KeysCreateCommand(invocation))
                .addSubcommand(new KeysListCommand(invocation))
                .addSubcommand(new KeysRevokeCommand(invocation));
        CommandLine snapshots = new CommandLine(new SnapshotCommand())
                .addSubcommand(new SnapshotCreateCommand(invocation))
                .addSubcommand(new SnapshotListCommand(invocation))
                .addSubcommand(new SnapshotDownloadCommand(invocation))
                .addSubcommand(new SnapshotDeleteCommand(invocation));
        CommandLine models = new CommandLine(new ModelCommand())
                .addSubcommand(new ModelListCommand(invocation))
                .addSubcommand(new ModelAddCommand(invocation))
                .addSubcommand(new ModelPullCommand(invocation))
                .addSubcommand(new ModelRemoveCommand(invocation))
                .addSubcommand(new ModelCheckCommand(invocation))
                .addSubcommand(new ModelUseCommand(invocation));
        CommandLine evaluate =
                new CommandLine(new EvaluateCommand()).addSubcommand(new EvaluateRetrievalCommand(invocation));
        CommandLine commands = new CommandLine(new Siskin())
                .addSubcommand(new DemoCommand(invocation))
                .addSubcommand(new UpCommand(invocation))
                .addSubcommand(new DownCommand(invocation))
                .addSubcommand(new StatusCommand(invocation))
                .addSubcommand(new IndexCommand(invocation))
                .addSubcommand(new AskCommand(invocation))
                .addSubcommand(new SearchCommand(invocation))
                .addSubcommand(evaluate)
                .addSubcommand(snapshots)
                .addSubcommand(new RestoreCommand(invocation))
                .addSubcommand(new ReembedCommand(invocation))
                .addSubcommand(models)
                .addSubcommand(keys)
                .addSubcommand(new DoctorCommand(invocation))
                .addSubcommand(new HelpCommand());
        withHelp(commands);
        return commands.setColorScheme(CommandLine.Help.defaultColorScheme(terminal.colour() ? Ansi.ON : Ansi.OFF))
                .setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
                .setUsageHelpWidth(Terminal.DEFAULT_WIDTH + 20)
                .setExecutionExceptionHandler((failure, command, parsed) -> report(invocation, failure))
                .setParameterExceptionHandler((wrong, ignored) -> reportUsage(terminal, wrong));
    }

    /** {@code --help} on every command, without every command having to say so. */
    private static void withHelp(CommandLine commands) {
        for (CommandLine command : commands.getSubcommands().values()) {
            if (!(command.getCommand() instanceof HelpCommand)) {
                command.getCommandSpec().mixinStandardHelpOptions(true).versionProvider(new Version());
                withHelp(command);
            }
        }
    }

    private static int report(Invocation invocation, Exception failure) {
        Terminal terminal = invocation.terminal();
        Optional<String> known = explain(failure);
        terminal.error(
                "siskin",
                known.orElseGet(
                        () -> "unexpected error: " + failure + "; set " + TRACE_ENV + "=1 for where it comes from"));
        if (known.isEmpty()
                && !invocation.environment().getOrDefault(TRACE_ENV, "").isEmpty()) {
            failure.printStackTrace(terminal.err());
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** One line for an error that is somebody's to repair; nothing for one that is ours. */
    private static Optional<String> explain(Exception failure) {
        return switch (failure) {
            case ServiceException refused
            when refused.status() == 401 ->
                Optional.of(refused.detail() + "; set SISKIN_KEY, ./siskin keys create makes a key");
            case ServiceException refused -> Optional.of(refused.detail());
            case CommandFailure expected -> Optional.of(String.valueOf(expected.getMessage()));
            case ServiceUnreachableException silent -> Optional.of(String.valueOf(silent.getMessage()));
            case SettingException wrong -> Optional.of(String.valueOf(wrong.getMessage()));
            case InvalidKeyFileException wrong -> Optional.of(String.valueOf(wrong.getMessage()));
            case UncheckedIOException broken -> Optional.of(broken.getMessage() + " (" + broken.getCause() + ")");
            default -> Optional.empty();
        };
    }

    private static int reportUsage(Terminal terminal, CommandLine.ParameterException wrong) {
        String command = wrong.getCommandLine().getCommandSpec().qualifiedName();
        terminal.error(command, wrong.getMessage() + "; see " + command + " --help");
        return CommandLine.ExitCode.USAGE;
    }

    /** The version of the jar, and the Java it runs on. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Siskin.class.getPackage().getImplementationVersion();
            return new String[] {
                "siskin " + (version == null ? "unpackaged" : version) + " (Java " + Runtime.version() + ")"
            };
        }
    }
}
