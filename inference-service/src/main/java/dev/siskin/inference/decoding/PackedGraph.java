package dev.siskin.inference.decoding;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A graph as ONNX Runtime has it in memory, saved once: optimized, its weights in a file of their own and, where that
 * works, in the layout of this processor's kernels. A session on it maps the weights, where one on the model's own file
 * copies what its optimization touches: processes share them, and the kernel may drop them.
 *
 * <p>In a directory, {@code NAME-KEY/model.onnx} and {@code model.data} beside it, written under another name and then
 * renamed, so that what is there is whole. The key is a hash of version {@value #VERSION} of this layout, ONNX Runtime's
 * version, the processor's features, and names, sizes and times of the model's files: whatever else would be another
 * graph. Of a model whose saved graph does not do what its own does there is the file {@code unusable} instead.
 *
 * <p>ONNX Runtime 1.29 saves the kernels' layout of {@code MatMulNBits} so that it computes nonsense when read again:
 * graphs with it are saved without.
 */
final class PackedGraph {
    private static final Logger LOG = LoggerFactory.getLogger(PackedGraph.class);

    static final int VERSION = 1;

    private static final String GRAPH = "model.onnx";
    private static final String DATA = "model.data";
    private static final String UNUSABLE = "unusable";
    private static final String BLOCKWISE = "com.microsoft.MatMulNBits";
    private static final int KEY_CHARACTERS = 16;
    private static final String TEMPORARY = "packing-";

    /** Nobody packs for so long. */
    private static final Duration ABANDONED = Duration.ofHours(1);

    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    private PackedGraph() {}

    /** Makes the options of a session; each one is used and closed once. */
    @FunctionalInterface
    interface Options {
        SessionOptions make() throws OrtException;
    }

    /**
     * The saved graph, made now if it is not there. The model's own where it cannot be saved, which is logged, or would do
     * something else.
     *
     * @param isRight whether a graph does what the model's own does
     */
    static Path of(
            ModelFolder folder, Path directory, OrtEnvironment environment, Options options, Predicate<Path> isRight) {
        try {
            Path packed = place(folder, directory, environment);
            if (!isKept(packed)) {
                make(folder, packed, environment, options, isRight);
            }
            return Files.exists(packed.resolve(UNUSABLE)) ? folder.graphFile() : packed.resolve(GRAPH);
        } catch (IOException | OrtException e) { // a full disk is an OrtException where the runtime writes
            LOG.warn(
                    "{} is loaded into memory, its packed weights cannot be kept: {}",
                    folder.graphFile(),
                    e.toString());
            return folder.graphFile();
        }
    }

    private static Path place(ModelFolder folder, Path directory, OrtEnvironment environment) throws IOException {
        String name = String.valueOf(folder.path().toAbsolutePath().normalize().getFileName());
        return directory.resolve(name + "-" + key(folder, environment));
    }

    /** Whether {@link #of} would find all that it needs. */
    static boolean isKept(ModelFolder folder, Path directory, OrtEnvironment environment) {
        try {
            return isKept(place(folder, directory, environment));
        } catch (IOException e) {
            throw new ModelFolderException("%s cannot be read: %s".formatted(folder.path(), e), e);
        }
    }

    private static boolean isKept(Path packed) {
        return Files.exists(packed.resolve(UNUSABLE)) || isWhole(packed);
    }

    private static boolean isWhole(Path packed) {
        try {
            ModelFolder.whole(packed.resolve(GRAPH));
            return true;
        } catch (ModelFolderException e) {
            return false; // not there, or damaged: it is made again
        }
    }

    private static void make(
            ModelFolder folder, Path packed, OrtEnvironment environment, Options options, Predicate<Path> isRight)
            throws IOException, OrtException {
        Path parent = Files.createDirectories(packed.toAbsolutePath().getParent());
        Path temporary = Files.createTempDirectory(parent, TEMPORARY); // which sets the parent's time to now
        removeAbandoned(parent);
        try {
            save(folder, temporary.resolve(GRAPH), environment, options);
            if (!isWhole(temporary)) {
                throw new IOException("what was written ends early: " + temporary);
            }
            if (!isRight.test(temporary.resolve(GRAPH))) {
                LOG.info(
                        "{} is loaded into memory: ONNX Runtime does not read well what it saves of it", folder.path());
                empty(temporary);
                Files.createFile(temporary.resolve(UNUSABLE));
            }
            empty(packed);
            Files.deleteIfExists(packed);
            Files.move(temporary, packed, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (!isWhole(packed)) { // or another process was first
                throw e;
            }
        } finally {
            empty(temporary);
            Files.deleteIfExists(temporary);
        }
    }

    /** What a killed process left behind. */
    private static void removeAbandoned(Path parent) throws IOException {
        Instant longAgo = Files.getLastModifiedTime(parent).toInstant().minus(ABANDONED);
        try (Stream<Path> all = Files.list(parent)) {
            for (Path other : all.toList()) {
                if (other.getFileName().toString().startsWith(TEMPORARY)
                        && Files.getLastModifiedTime(other).toInstant().isBefore(longAgo)) {
                    empty(other);
                    Files.delete(other);
                }
            }
        }
    }

    private static void save(ModelFolder folder, Path graph, OrtEnvironment environment, Options options)
            throws OrtException {
        try (SessionOptions saving = options.make()) {
            saving.setOptimizedModelFilePath(graph.toString());
            saving.addConfigEntry("session.optimized_model_external_initializers_file_name", DATA);
            saving.addConfigEntry("session.optimized_model_external_initializers_min_size_in_bytes", "1024");
            if (!folder.onnx().operators().contains(BLOCKWISE)) {
                saving.addConfigEntry("session.save_external_prepacked_constant_initializers", "1");
            }
            environment.createSession(folder.graphFile().toString(), saving).close();
        }
    }

    private static void empty(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static String key(ModelFolder folder, OrtEnvironment environment) throws IOException {
        List<String> parts = new ArrayList<>();
        parts.add(Integer.toString(VERSION));
        parts.add(environment.getVersion());
        parts.add(System.getProperty("os.name") + "/" + System.getProperty("os.arch"));
        parts.add(features());
        for (Path file : folder.graphFiles()) {
            parts.add(file.getFileName() + "/" + Files.size(file) + "/"
                    + Files.getLastModifiedTime(file).toMillis());
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(String.join("\n", parts).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, KEY_CHARACTERS);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** Of the first processor, as the kernel lists them; empty where it does not. */
    private static String features() throws IOException {
        if (!Files.isReadable(PROCESSORS)) {
            return "";
        }
        try (Stream<String> lines = Files.lines(PROCESSORS)) {
            return lines.filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                    .findFirst()
                    .orElse("");
        }
    }
}
