package dev.siskin.cli.doctor;

import dev.siskin.api.CollectionSpec;
import dev.siskin.cli.CommandFailure;
import dev.siskin.cli.process.Installation;
import dev.siskin.embedding.ModelDirectory;
import dev.siskin.embedding.ModelLibrary;
import dev.siskin.runtime.ModelDirectoryException;
import dev.siskin.runtime.NativeLibraries;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What was built or installed: jars, native libraries, model files, and whether they work together. */
final class InstallationChecks {
    private static final List<String> MODULES = List.of("retrieval-service", "inference-service", "indexer");
    private static final List<String> LIBRARIES = List.of("onnxruntime", "onnxruntime4j_jni", "tokenizers");
    private static final String REBUILD = "rm -rf shared/target && ./siskin build";
    private static final int PROBE_TIMEOUT_SECONDS = 60;

    private final Installation installation;
    private final ModelLibrary library;

    InstallationChecks(Installation installation, ModelLibrary library) {
        this.installation = installation;
        this.library = library;
    }

    List<Finding> modules() {
        return MODULES.stream().map(this::module).toList();
    }

    private Finding module(String module) {
        try (Stream<Path> jars = Files.list(installation.jars(module))) {
            return Finding.ok(module, jars.count() + " jars in " + installation.jars(module));
        } catch (IOException missing) {
            return Finding.bad(module, "not built: " + installation.jars(module) + " is missing", "./siskin build");
        }
    }

    List<Finding> nativeLibraries() {
        Path folder = library.nativeLibraries();
        List<String> missing = LIBRARIES.stream()
                .map(System::mapLibraryName)
                .filter(file -> !Files.isReadable(folder.resolve(file)))
                .toList();
        return List.of(
                missing.isEmpty()
                        ? Finding.ok("native libraries", LIBRARIES.size() + " in " + folder)
                        : Finding.bad(
                                "native libraries",
                                "missing in " + folder + ": " + String.join(", ", missing),
                                REBUILD));
    }

    List<Finding> models() {
        try {
            List<Finding> found = library.names().stream().map(this::model).toList();
            return found.isEmpty() ? List.of(Finding.bad("model", "none in " + library.models(), REBUILD)) : found;
        } catch (ModelDirectoryException missing) {
            return List.of(Finding.bad("model", String.valueOf(missing.getMessage()), REBUILD));
        }
    }

    private Finding model(String name) {
        String check = "model " + name;
        try {
            ModelDirectory model = library.open(name);
            model.verify();
            return Finding.ok(
                    check,
                    model.manifest().dimensions() + " dimensions, "
                            + (model.manifest().modelSha256().isPresent()
                                    ? "checksums agree"
                                    : "no checksums to compare"));
        } catch (ModelDirectoryException wrong) {
            return Finding.bad(check, String.valueOf(wrong.getMessage()), REBUILD);
        }
    }

    /** Embeds one text in a process of its own: the commands themselves hold neither ONNX Runtime nor a model. */
    List<Finding> embedding() {
        var command = new ArrayList<String>();
        try {
            command.addAll(installation.command("retrieval-service", EmbeddingProbe.class.getName()));
        } catch (CommandFailure notBuilt) {
            return List.of(Finding.bad("embedding", "not tried: retrieval-service is not built", "./siskin build"));
        }
        int classPath = command.indexOf("-cp") + 1;
        command.set(
                classPath,
                command.get(classPath) + File.pathSeparator + installation.jars("cli") + File.separator + "*");
        command.add(classPath - 1, "-D" + NativeLibraries.PATH_PROPERTY + "=" + library.nativeLibraries());
        command.add(
                library.models().resolve(CollectionSpec.DEFAULT_EMBEDDING_MODEL).toString());
        try {
            return List.of(probe(command));
        } catch (IOException refused) {
            return List.of(Finding.bad("embedding", "cannot be tried: " + refused.getMessage(), REBUILD));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return List.of(Finding.bad("embedding", "interrupted", "run ./siskin doctor again"));
        }
    }

    private Finding probe(List<String> command) throws IOException, InterruptedException {
        Process probe = new ProcessBuilder(command)
                .directory(installation.home().toFile())
                .redirectErrorStream(true)
                .start();
        probe.getOutputStream().close();
        List<String> said = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
        if (!probe.waitFor(PROBE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            probe.destroyForcibly();
            return Finding.bad("embedding", "no result after " + PROBE_TIMEOUT_SECONDS + " s", REBUILD);
        }
        String last = said.isEmpty() ? "no output" : said.getLast();
        return probe.exitValue() == 0
                ? Finding.ok("embedding", last)
                : Finding.bad("embedding", last, "install what it names, or " + REBUILD);
    }
}
