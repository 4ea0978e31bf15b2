package dev.siskin.cli.print;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where a command prints: results to {@code out}, everything else to {@code err}.
 *
 * @param width columns that text is wrapped to
 * @param interactive whether a person looks on, to whom a line can be drawn again
 * @param colour whether styles show; without them every line reads the same
 */
public record Terminal(PrintStream out, PrintStream err, int width, boolean interactive, boolean colour) {
    /** Columns where nobody says, as in a file. */
    public static final int DEFAULT_WIDTH = 80;

    private static final int NARROWEST = 40;
    private static final int WIDEST = 100;

    /** The terminal of this process: colours on a terminal only, and not where {@code NO_COLOR} is set. */
    public static Terminal ofThisProcess(Map<String, String> environment) {
        boolean interactive = isInteractive();
        boolean colour = interactive
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
        int width = interactive ? Math.clamp(columns(), NARROWEST, WIDEST) : DEFAULT_WIDTH;
        return new Terminal(
                new PrintStream(System.out, true, StandardCharsets.UTF_8),
                new PrintStream(System.err, true, StandardCharsets.UTF_8),
                width,
                interactive,
                colour);
    }

    @SuppressWarnings("SystemConsoleNull") // whether it may be null depends on the release and its console provider
    private static boolean isInteractive() {
        @Nullable Console console = System.console();
        return console != null && console.isTerminal();
    }

    private static int columns() {
        Path tty = Path.of("/dev/tty");
        if (!Files.isReadable(tty)) {
            return DEFAULT_WIDTH;
        }
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(tty.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String[] size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ", -1);
            boolean told = stty.waitFor(1, TimeUnit.SECONDS) && size.length == 2 && size[1].matches("[0-9]{1,5}");
            return told && !size[1].equals("0") ? Integer.parseInt(size[1]) : DEFAULT_WIDTH;
        } catch (IOException noStty) {
            return DEFAULT_WIDTH;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return DEFAULT_WIDTH;
        }
    }

    /** Prints a line of the result. */
    public void line(String text) {
        out.println(text);
    }

    /** Prints an empty line of the result. */
    public void line() {
        out.println();
    }

    /** Tells how things go; not part of the result. */
    public void progress(String text) {
        err.println(text);
    }

    /** Tells of an error, which may quote a document or a service: its line breaks stay, its control characters do not. */
    public void error(String source, String message) {
        err.println(red(source + ": ") + Wrap.printable(message));
    }

    /** Prints text wrapped to the width, each line indented; line breaks in the text stay. */
    public void paragraph(String text, int indent) {
        Wrap.lines(text, width - indent).forEach(line -> out.println(" ".repeat(indent) + line));
    }

    public String bold(String text) {
        return styled("1", text);
    }

    public String dim(String text) {
        return styled("2", text);
    }

    public String red(String text) {
        return styled("31", text);
    }

    public String green(String text) {
        return styled("32", text);
    }

    public String cyan(String text) {
        return styled("36", text);
    }

    private String styled(String style, String text) {
        return colour ? "\u001B[" + style + "m" + text + "\u001B[0m" : text;
    }
}
