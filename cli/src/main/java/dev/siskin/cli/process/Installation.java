package dev.siskin.cli.process;

import dev.siskin.cli.CommandFailure;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where Siskin is installed: a checkout or a folder laid out like one. A module's jars lie in
 * {@code <module>/target/app/lib}, its JVM options in {@code <module>/jvm.options}; their relative paths count
 * from {@link #home()}, so that every process is started there.
 *
 * @param home the folder the launcher lies in, absolute
 */
public record Installation(Path home) {
    /** System property the launcher sets to the folder it lies in. */
    public static final String HOME_PROPERTY = "siskin.home";

    /** The installation the launcher named; the working directory where none did. */
    public static Installation ofThisProcess() {
        return new Installation(
                Path.of(System.getProperty(HOME_PROPERTY, "")).toAbsolutePath().normalize());
    }

    /** The {@code java} this process runs on. */
    public static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /** Where data is kept unless the user says otherwise. */
    public Path defaultData() {
        return home.resolve(".siskin");
    }

    /** The folder of a module's jars. */
    public Path jars(String module) {
        return home.resolve(module).resolve("target/app/lib");
    }

    /** The folder of the extracted native libraries. */
    public Path nativeLibraries() {
        return home.resolve("shared/target/native");
    }

    /** The folder of the embedding models, one folder each. */
    public Path models() {
        return home.resolve("shared/target/models");
    }

    /**
     * The command that runs a class of a module with the module's JVM options, to be run in {@link #home()}.
     *
     * @throws CommandFailure where the module is not built
     */
    public List<String> command(String module, String mainClass) {
        Path options = home.resolve(module).resolve("jvm.options");
        for (Path needed : List.of(options, jars(module))) {
            if (!Files.exists(needed)) {
                throw new CommandFailure(module + " is not built: " + needed + " is missing; run ./siskin build");
            }
        }
        return List.of(
                java().toString(),
                "@" + options,
                "-D" + HOME_PROPERTY + "=" + home,
                "-cp",
                jars(module) + File.separator + "*",
                mainClass);
    }
}
