package dev.siskin.runtime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.siskin.settings.Setting;
import dev.siskin.settings.Settings;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The three native libraries behind a model, loaded from one folder of extracted files.
 *
 * <h2>What a launcher sets</h2>
 *
 * <ul>
 *   <li>{@code -Dsiskin.native.path=DIR}: the folder with {@code libonnxruntime}, {@code libonnxruntime4j_jni} and
 *       {@code libtokenizers} ({@code .so} or {@code .dylib}). Left out, {@code onnxruntime.native.path} is used.
 *   <li>{@code --enable-native-access=ALL-UNNAMED}: they are loaded without a warning.
 *   <li>{@code -Djava.io.tmpdir=DIR}, only where {@code /tmp} is not writable: ONNX Runtime makes and removes an empty
 *       folder there when it starts, whatever its libraries' path ({@code OnnxRuntime.init}).
 *   <li>The environment variable {@code ORT_DISABLE_TELEMETRY=1}: see below. Set here if the launcher did not, at the cost of
 *       a few megabytes of linker classes.
 * </ul>
 *
 * <p>Nothing is copied, cached or downloaded. The tokenizer's library is DJL's, called through its JNI class alone:
 * DJL's own loader detects CUDA through JNA (which unpacks a library into the home folder) and its tokenizer class calls
 * home unless {@code OPT_OUT_TRACKING=true}. Neither class is ever loaded here, and their jars are not needed.
 *
 * <h2>Telemetry</h2>
 *
 * ONNX Runtime 1.29 sends telemetry from Linux, too, keeps files for it under {@code ~/.cache/Microsoft} and {@code
 * /tmp}, and matches the command line with a regular expression whose recursion ends a JVM with a class path of some
 * 4,000 characters (compare its issue 32173). It looks for {@code ORT_DISABLE_TELEMETRY=1} when it starts, and
 * finds it: {@link #load()} sets it in this process's native environment if the launcher has not. Whoever uses ONNX
 * Runtime calls {@link #load()} first.
 */
public final class NativeLibraries {

    /** System property: the folder of the extracted native libraries. */
    public static final String PATH_PROPERTY = "siskin.native.path";

    public static final Setting<Path> FOLDER = Setting.path(
            "embedding.native.path",
            "",
            "Folder of the extracted native libraries; empty = as built, below siskin.home.");

    private static final String ONNXRUNTIME_PATH_PROPERTY = "onnxruntime.native.path";
    private static final String NO_TELEMETRY = "ORT_DISABLE_TELEMETRY";
    private static final String TOKENIZERS = "tokenizers";
    private static final String[] NAMES = {"onnxruntime", "onnxruntime4j_jni", TOKENIZERS};

    private NativeLibraries() {}

    /** The folder that the settings name; where they name none, the one that the build fills below a home. */
    public static Path folder(Settings settings, Path home) {
        Path named = settings.get(FOLDER);
        return named.toString().isEmpty() ? home.resolve("shared/target/native") : named;
    }

    /** Has this process load its native libraries from here, unless its command line names another folder. */
    public static void name(Path folder) {
        if (System.getProperty(PATH_PROPERTY) == null) {
            System.setProperty(PATH_PROPERTY, folder.toString());
        }
    }

    /**
     * The folder the libraries are loaded from.
     *
     * @throws IllegalStateException if no property names it or one of the libraries is not in it
     */
    public static Path directory() {
        String path = System.getProperty(PATH_PROPERTY, System.getProperty(ONNXRUNTIME_PATH_PROPERTY));
        if (path == null) {
            throw new IllegalStateException(PATH_PROPERTY + " is not set: name the folder of the native libraries, -D"
                    + PATH_PROPERTY + "=DIR");
        }
        Path directory = Path.of(path).toAbsolutePath();
        for (String name : NAMES) {
            String file = System.mapLibraryName(name);
            if (!Files.isRegularFile(directory.resolve(file))) {
                throw new IllegalStateException(
                        "%s must hold %s: %s=%s; build the project, or name another folder in %s"
                                .formatted(PATH_PROPERTY, file, PATH_PROPERTY, path, FOLDER.env()));
            }
        }
        return directory;
    }

    /**
     * Points ONNX Runtime at the folder and loads the tokenizer's library, which the JVM does once.
     *
     * @throws IllegalStateException as {@link #directory()}, or if the library does not load on this machine or {@code
     *     java.io.tmpdir} is not writable
     */
    @SuppressWarnings("restricted") // System.load is what this class is for
    public static void load() {
        Path directory = directory();
        checkTemporaryFolder();
        if (!Telemetry.OFF) {
            throw new IllegalStateException("%s must be 1 and could not be set: start with %s=1 in the environment"
                    .formatted(NO_TELEMETRY, NO_TELEMETRY));
        }
        System.setProperty(ONNXRUNTIME_PATH_PROPERTY, directory.toString());
        Path tokenizers = directory.resolve(System.mapLibraryName(TOKENIZERS));
        try {
            System.load(tokenizers.toString());
        } catch (UnsatisfiedLinkError e) {
            throw new IllegalStateException(
                    "%s does not load on this machine: %s; build the project here"
                            .formatted(tokenizers, e.getMessage()),
                    e);
        }
    }

    private static void checkTemporaryFolder() {
        Path folder = Path.of(System.getProperty("java.io.tmpdir", ""));
        if (!Files.isWritable(folder)) {
            throw new IllegalStateException(
                    "java.io.tmpdir must be writable, ONNX Runtime starts with an empty folder there: java.io.tmpdir=%s; name another, -Djava.io.tmpdir=DIR"
                            .formatted(folder));
        }
    }

    /** A class initializer runs once, whoever comes first: {@code setenv} is no call for several threads. */
    private static final class Telemetry {
        static final boolean OFF = "1".equals(System.getenv(NO_TELEMETRY)) || switchOff();

        @SuppressWarnings("restricted") // the environment of native code cannot be set in Java
        private static boolean switchOff() {
            Linker linker = Linker.nativeLinker();
            MethodHandle setenv = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("setenv"),
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
            try (Arena arena = Arena.ofConfined()) {
                int overwrite = 1;
                return (int) setenv.invokeExact(arena.allocateFrom(NO_TELEMETRY), arena.allocateFrom("1"), overwrite)
                        == 0;
            } catch (Throwable e) {
                throw new IllegalStateException("setenv cannot be called: start with " + NO_TELEMETRY + "=1", e);
            }
        }
    }
}
