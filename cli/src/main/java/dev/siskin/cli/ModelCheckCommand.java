package dev.siskin.cli;

import dev.siskin.cli.print.Amounts;
import dev.siskin.cli.print.Terminal;
import dev.siskin.cli.process.Installation;
import dev.siskin.cli.process.ModelCheckProcess;
import dev.siskin.embedding.ModelLibrary;
import dev.siskin.generators.GeneratorFolder;
import dev.siskin.generators.GeneratorFolderException;
import dev.siskin.generators.GeneratorLibrary;
import dev.siskin.generators.ModelCheckReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Loads a model that writes answers and says what it takes and how fast it is. */
@Command(
        name = "check",
        description = {
            "Load a model that writes answers, have it write, and say how fast it is, what it takes",
            "and whether it fits this host. It runs in a process of its own, beside a service that runs, and",
            "keeps the weights of larger models in packed-models of the data folder, as the service does."
        },
        footer = {
            "",
            "Exit status 1 also where it does not fit.",
            "",
            "Examples:",
            "  siskin model check siskin-mini",
            "  siskin model check ./export --file onnx/model_int8.onnx --threads 2",
            "  siskin model check siskin-mini --sequences 16 --context 4096 --json"
        })
final class ModelCheckCommand implements Callable<Integer> {
    private static final double PER_CENT = 100;

    private final Invocation invocation;

    @Parameters(paramLabel = "NAME|DIR", description = "A name from siskin model list, or a folder.")
    String model = "";

    @Option(
            names = "--file",
            paramLabel = "GRAPH",
            description = "Which graph of it; default: the first that is listed.")
    String graph = "";

    @Option(names = "--threads", paramLabel = "N", description = "Threads of a step; default: one a processor.")
    int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--tokens",
            paramLabel = "N",
            defaultValue = "64",
            description = "Tokens to write; default: ${DEFAULT-VALUE}.")
    int tokens = 64;

    @Option(
            names = "--sequences",
            paramLabel = "N",
            defaultValue = "8",
            description = "Answers that the service is to write at once; default: ${DEFAULT-VALUE}.")
    int sequences = 8;

    @Option(
            names = "--context",
            paramLabel = "N",
            defaultValue = "2048",
            description = "Tokens of each, prompt and answer; default: ${DEFAULT-VALUE}, or what the model allows.")
    int context = 2048;

    @Mixin
    DataOption dataOption = new DataOption();

    @Mixin
    Output output = new Output();

    ModelCheckCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        requireAtLeast(1, "--threads", threads);
        requireAtLeast(2, "--tokens", tokens);
        requireAtLeast(1, "--sequences", sequences);
        requireAtLeast(16, "--context", context);
        Path folder = folder();
        requireWhole(folder);
        Installation installation = invocation.installation();
        Path nativeLibraries =
                ModelLibrary.of(invocation.settings(), installation.home()).nativeLibraries();
        Path packed = dataOption.folder(invocation).path().resolve(GeneratorLibrary.PACKED);
        ModelCheckReport report = ModelCheckProcess.run(
                installation,
                nativeLibraries,
                new ModelCheckProcess.Trial(folder, graph, threads, tokens, sequences, context, packed));
        if (output.json) {
            Output.printJson(invocation, report);
        } else {
            print(report);
        }
        return report.fits() ? 0 : 1;
    }

    private static void requireAtLeast(int least, String option, int value) {
        if (value < least) {
            throw new CommandFailure("%s must be %d or more: %d".formatted(option, least, value));
        }
    }

    /** A name wins over a folder of the working directory that is called the same. */
    private Path folder() {
        GeneratorLibrary library = dataOption.library(invocation);
        return library.find(model)
                .or(() ->
                        Optional.of(Path.of(model).toAbsolutePath().normalize()).filter(Files::isDirectory))
                .orElseThrow(() -> new CommandFailure(library.lacks(model)));
    }

    /** Said at once, and not by a process that has to start first. */
    private static void requireWhole(Path folder) {
        try {
            GeneratorFolder.read(folder);
        } catch (GeneratorFolderException fault) {
            throw new CommandFailure(String.valueOf(fault.getMessage()));
        }
    }

    private void print(ModelCheckReport report) {
        line("graph", report.graph() + ", " + report.threads() + " threads");
        line("load", Amounts.millis(report.loadMs()));
        line("weights", Amounts.mebibytes(report.weightsBytes()) + " in files" + weightsMeasured(report));
        line("KV cache", "%,d bytes a token".formatted(report.kvBytesPerToken()));
        line("prefill", speed(report.prefillTokensPerSecond(), report.promptTokens(), "read"));
        line("decode", speed(report.decodeTokensPerSecond(), report.newTokens(), "written"));
        line(
                "this run",
                "%s predicted, %s of them weights%s"
                        .formatted(
                                Amounts.mebibytes(report.runBytes()),
                                Amounts.mebibytes(report.runWeightsBytes()),
                                runMeasured(report)));
        line(
                "needs",
                "%s: a process of %s, with the model and %d answers of %,d tokens (%s of KV cache)"
                        .formatted(
                                Amounts.mebibytes(report.neededBytes()),
                                Amounts.mebibytes(report.processBytes()),
                                report.sequences(),
                                report.contextTokens(),
                                Amounts.mebibytes(report.sequencesBytes())));
        Terminal terminal = invocation.terminal();
        String host = " this host's " + Amounts.bytes(report.hostBytes());
        line(
                "verdict",
                report.fits()
                        ? terminal.green("fits") + host
                        : terminal.red("does not fit") + host + ": take a smaller graph, or fewer or shorter answers");
        line("wrote", "");
        terminal.paragraph(report.text().strip(), 2);
    }

    private static String weightsMeasured(ModelCheckReport report) {
        @Nullable Long measured = report.weightsMeasuredBytes();
        @Nullable Long anonymous = report.weightsAnonymousBytes();
        return measured == null || anonymous == null
                ? ""
                : ", %s measured, of which the kernel can take back %s"
                        .formatted(Amounts.mebibytes(measured), Amounts.mebibytes(Math.max(0, measured - anonymous)));
    }

    private static String runMeasured(ModelCheckReport report) {
        @Nullable Long measured = report.runMeasuredBytes();
        return measured == null
                ? ""
                : "; %s measured (%s)"
                        .formatted(
                                Amounts.mebibytes(measured),
                                String.format(
                                        Locale.ROOT,
                                        "%+.0f %%",
                                        PER_CENT * (measured - report.runBytes()) / report.runBytes()));
    }

    private static String speed(double tokensPerSecond, int tokens, String done) {
        return String.format(Locale.ROOT, "%,.1f tokens/s (%d %s)", tokensPerSecond, tokens, done);
    }

    private void line(String title, String text) {
        Terminal terminal = invocation.terminal();
        terminal.line(terminal.bold("%-10s".formatted(title)) + text);
    }
}
