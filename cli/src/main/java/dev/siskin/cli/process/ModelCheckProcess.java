package dev.siskin.cli.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Json;
import dev.siskin.cli.CommandFailure;
import dev.siskin.generators.ModelCheckReport;
import dev.siskin.runtime.NativeLibraries;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process of inference-service's classes that loads a model, tries it out and says what it found. */
public final class ModelCheckProcess {
    private static final String MODULE = "inference-service";
    private static final String MAIN_CLASS = "dev.siskin.inference.generation.local.ModelCheck";

    /** Where the module's options say nothing of it. */
    private static final long HEAP_MEBIBYTES = 256;

    private ModelCheckProcess() {}

    /**
     * What is to be tried.
     *
     * @param model folder of the model, absolute
     * @param graph file of the folder; empty = the best
     * @param tokens to write
     * @param sequences that the service is to write at once, of so many tokens each
     * @param packed directory where the service keeps weights as its kernels read them, absolute
     */
    public record Trial(
            Path model, String graph, int threads, int tokens, int sequences, int contextTokens, Path packed) {

        private List<String> arguments() {
            return List.of(
                    model.toString(),
                    graph,
                    Integer.toString(threads),
                    Integer.toString(tokens),
                    Integer.toString(sequences),
                    Integer.toString(contextTokens),
                    packed.toString());
        }
    }

    /**
     * Runs it to its end; what it says of a fault goes to this command's stderr. Where it had to pack the weights first, it
     * is run once more, to measure what later starts of the service take.
     *
     * @param nativeLibraries folder of ONNX Runtime's and the tokenizer's
     * @throws CommandFailure where the model cannot be used
     */
    public static ModelCheckReport run(Installation installation, Path nativeLibraries, Trial trial) {
        ModelCheckReport report = once(installation, nativeLibraries, trial);
        return report.packed() ? once(installation, nativeLibraries, trial) : report;
    }

    /** The service's own options, but for a heap that has its size, with room for the tokenizer, from the start. */
    private static ModelCheckReport once(Installation installation, Path nativeLibraries, Trial trial) {
        long heap = LocalModelHeap.mebibytes(installation.jvmOptions(MODULE), trial.model())
                .orElse(HEAP_MEBIBYTES);
        List<String> options = List.of(
                "-Xms" + heap + "m",
                "-Xmx" + heap + "m",
                "-XX:+AlwaysPreTouch",
                "--enable-native-access=ALL-UNNAMED",
                "-D" + NativeLibraries.PATH_PROPERTY + "=" + nativeLibraries.toAbsolutePath());
        var command = new ArrayList<>(installation.command(MODULE, MAIN_CLASS, options));
        command.addAll(trial.arguments());
        var builder = new ProcessBuilder(command).directory(installation.home().toFile());
        builder.environment().put("MALLOC_ARENA_MAX", "2");
        builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
        return ChildProcess.run(builder, "the check", ModelCheckProcess::read);
    }

    private static ModelCheckReport read(Process process) throws IOException, InterruptedException {
        var errors = new StringBuilder();
        Thread reader =
                Thread.ofVirtual().start(() -> errors.append(text(process.errorReader(StandardCharsets.UTF_8))));
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        reader.join();
        int status = process.waitFor();
        if (status != 0) {
            throw new CommandFailure(fault(errors.toString(), status));
        }
        try {
            return Json.MAPPER.readValue(output, ModelCheckReport.class);
        } catch (JsonProcessingException unreadable) {
            throw new CommandFailure("the check ended without a report: " + output.strip() + errors);
        }
    }

    private static String text(BufferedReader reader) {
        return String.join("\n", reader.lines().toList());
    }

    /** Its last line, where it says what is wrong; a process that was killed says nothing. */
    private static String fault(String errors, int status) {
        List<String> lines = errors.lines().filter(line -> !line.isBlank()).toList();
        String prefix = "siskin: ";
        if (status == 1 && !lines.isEmpty() && lines.getLast().startsWith(prefix)) {
            return lines.getLast().substring(prefix.length());
        }
        return "the check ended with status %d%s%s"
                .formatted(
                        status,
                        status == 137 ? ", killed: is the model too large for this host?" : "",
                        lines.isEmpty() ? "" : "\n    " + String.join("\n    ", lines));
    }
}
