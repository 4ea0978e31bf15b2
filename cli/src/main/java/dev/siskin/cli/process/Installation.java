package dev.siskin.cli.process;

import dev.siskin.cli.CommandFailure;
import dev.siskin.settings.Home;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where Siskin is installed: a checkout or a folder laid out like one. A module's jars lie in
 * {@code <module>/target/app/lib}, its JVM options in {@code <module>/jvm.options}; their relative paths count
 * from {@link #home()}, so that every process is started there.
 *
 * @param home the folder the launcher lies in, absolute
 */
public record Installation(Path home) {
    /** The installation the launcher named; the working directory where none did. */
    public static Installation ofThisProcess() {
        return new Installation(Home.folder().toAbsolutePath().normalize());
    }

    /** The {@code java} this process runs on. */
    public static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /** Where data is kept unless the user says otherwise. */
    public Path defaultData() {
        return Home.data(home);
    }

    /** The folder of a module's jars. */
    public Path jars(String module) {
        return home.resolve(module).resolve("target/app/lib");
    }

    /**
     * The command that runs a class of a module with the module's JVM options, to be run in {@link #home()}.
     *
     * @throws CommandFailure where the module is not built
     */
    public List<String> command(String module, String mainClass) {
        return command(module, mainClass, false, List.of());
    }

    /**
     * The same with the module's options for a low-memory start after the usual ones, where it has such and they are
     * asked for, and further ones that win over both.
     */
    public List<String> command(String module, String mainClass, boolean lowMemoryStart, List<String> jvmOptions) {
        Path options = jvmOptions(module);
        Path lowMemory = home.resolve(module).resolve("jvm-low-memory.options");
        for (Path needed : List.of(options, jars(module))) {
            if (!Files.exists(needed)) {
                throw new CommandFailure(module + " is not built: " + needed + " is missing; run ./siskin build");
            }
        }
        var command = new ArrayList<>(List.of(java().toString(), "@" + options));
        if (lowMemoryStart && Files.exists(lowMemory)) {
            command.add("@" + lowMemory);
        }
        command.addAll(jvmOptions);
        command.addAll(
                List.of("-D" + Home.PROPERTY + "=" + home, "-cp", jars(module) + File.separator + "*", mainClass));
        return command;
    }

    /** The same with further JVM options, which win over the module's. */
    public List<String> command(String module, String mainClass, List<String> jvmOptions) {
        return command(module, mainClass, false, jvmOptions);
    }

    /** The file with a module's JVM options. */
    Path jvmOptions(String module) {
        return home.resolve(module).resolve("jvm.options");
    }
}
