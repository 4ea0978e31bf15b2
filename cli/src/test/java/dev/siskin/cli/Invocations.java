package dev.siskin.cli;

import dev.siskin.cli.print.Terminal;
import dev.siskin.cli.process.Installation;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Commands run in this process, with what they print kept. */
final class Invocations {
    private Invocations() {}

    /** What a command did. */
    record Outcome(int status, String out, String err) {}

    static Invocation here() {
        return in(Path.of("nowhere"), Map.of(), new ByteArrayOutputStream(), new ByteArrayOutputStream());
    }

    /** Runs a command of an installation in this folder. */
    static Outcome run(Path home, Map<String, String> environment, String... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int status = Siskin.run(in(home, environment, out, err), arguments);
        return new Outcome(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static Invocation in(
            Path home, Map<String, String> environment, ByteArrayOutputStream out, ByteArrayOutputStream err) {
        var terminal = new Terminal(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Terminal.DEFAULT_WIDTH,
                false,
                false);
        return new Invocation(new Installation(home.toAbsolutePath()), environment, terminal);
    }
}
