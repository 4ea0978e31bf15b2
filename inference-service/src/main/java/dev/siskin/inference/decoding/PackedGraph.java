package dev.siskin.inference.decoding;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.siskin.generators.PackedModels;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A graph as ONNX Runtime has it in memory, saved once: optimized, its weights in a file of their own and, where that
 * works, in the layout of this processor's kernels. A session on it maps the weights, where one on the model's own file
 * copies what its optimization touches: processes share them, and the kernel may drop them.
 *
 * <p>In a directory, {@code NAME-KEY/model.onnx}, {@code model.data} and {@code source} beside it (see {@link
 * PackedModels}), written under another name and then renamed, so that what is there is whole. The key is a hash of version
 * {@value #VERSION} of this layout, ONNX Runtime's version, the processor's features, and paths, sizes and times of the
 * model's files: whatever else would be another graph. Of a model whose saved graph does not do what its own does there is
 * the file {@code unusable} instead.
 *
 * <p>The directory's file {@code .lock} is locked by whoever packs, so that processes which start together pack once, and
 * whoever has it may delete what a killed one left. Each opening deletes what is stale. Where the disk has less than {@value
 * #ROOM} times the model's size nothing is written.
 *
 * <p>ONNX Runtime 1.29 saves the kernels' layout of {@code MatMulNBits} so that it computes nonsense when read again:
 * graphs with it are saved without.
 */
final class PackedGraph {
    private static final Logger LOG = LoggerFactory.getLogger(PackedGraph.class);

    static final int VERSION = 2;

    /** Weights may be saved twice, as they were and as the kernels read them. */
    static final int ROOM = 2;

    private static final String GRAPH = "model.onnx";
    private static final String DATA = "model.data";
    private static final String UNUSABLE = "unusable";
    private static final String LOCK = ".lock";
    private static final String BLOCKWISE = "com.microsoft.MatMulNBits";
    private static final int KEY_CHARACTERS = 16;
    private static final String TEMPORARY = "packing-";

    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    /** A file's lock keeps other processes out, and not this one's other threads. */
    private static final ReentrantLock PACKING = new ReentrantLock();

    private PackedGraph() {}

    /** Bytes that may still be written to the disk of a folder. */
    @FunctionalInterface
    interface FreeSpace {
        FreeSpace OF_DISK = folder -> Files.getFileStore(folder).getUsableSpace();

        long bytes(Path folder) throws IOException;
    }

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
            ModelFolder folder,
            Path directory,
            OrtEnvironment environment,
            Options options,
            Predicate<Path> isRight,
            FreeSpace free) {
        try {
            List<String> source = source(folder, environment);
            Path packed = place(folder, directory, source);
            Files.createDirectories(directory);
            if (!isKept(packed) || Files.isWritable(directory)) {
                tidyAndMake(folder, packed, source, environment, options, isRight, free);
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

    /** Whether {@link #of} would find all that it needs. */
    static boolean isKept(ModelFolder folder, Path directory, OrtEnvironment environment) {
        try {
            return isKept(place(folder, directory, source(folder, environment)));
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

    private static void tidyAndMake(
            ModelFolder folder,
            Path packed,
            List<String> source,
            OrtEnvironment environment,
            Options options,
            Predicate<Path> isRight,
            FreeSpace free)
            throws IOException, OrtException {
        Path directory = packed.resolveSibling("");
        PACKING.lock();
        try (FileChannel channel = FileChannel.open(
                        packed.resolveSibling(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                @Nullable FileLock held = isKept(packed) ? channel.tryLock() : channel.lock()) {
            if (held == null) {
                return; // another process packs a model, and tidies up
            }
            removeAbandoned(directory);
            PackedModels.removeStale(directory, source.getFirst());
            if (!isKept(packed)) {
                requireRoom(directory, folder.weightBytes(), free);
                make(folder, packed, source, environment, options, isRight);
            }
        } finally {
            PACKING.unlock();
        }
    }

    /** What a killed process left behind: who packs has the lock. */
    private static void removeAbandoned(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            for (Path other : all.toList()) {
                if (other.getFileName().toString().startsWith(TEMPORARY)) {
                    PackedModels.delete(other);
                }
            }
        }
    }

    private static void requireRoom(Path directory, long weightBytes, FreeSpace free) throws IOException {
        long needed = ROOM * weightBytes;
        long there = free.bytes(directory);
        if (there < needed) {
            throw new IOException("the disk of %s has %d MiB free, %d MiB are needed"
                    .formatted(directory, there >> 20, needed >> 20));
        }
    }

    private static void make(
            ModelFolder folder,
            Path packed,
            List<String> source,
            OrtEnvironment environment,
            Options options,
            Predicate<Path> isRight)
            throws IOException, OrtException {
        Path temporary = Files.createTempDirectory(packed.resolveSibling(""), TEMPORARY);
        try {
            save(folder, temporary.resolve(GRAPH), environment, options);
            if (!isWhole(temporary)) {
                throw new IOException("what was written ends early: " + temporary);
            }
            if (!isRight.test(temporary.resolve(GRAPH))) {
                LOG.info(
                        "{} is loaded into memory: ONNX Runtime does not read well what it saves of it", folder.path());
                PackedModels.delete(temporary);
                Files.createDirectory(temporary);
                Files.createFile(temporary.resolve(UNUSABLE));
            }
            PackedModels.write(temporary, source);
            PackedModels.delete(packed);
            Files.move(temporary, packed, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            PackedModels.delete(temporary);
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

    private static List<String> source(ModelFolder folder, OrtEnvironment environment) throws IOException {
        String by = String.join(
                " ",
                Integer.toString(VERSION),
                environment.getVersion(),
                System.getProperty("os.name") + "/" + System.getProperty("os.arch"),
                features());
        return PackedModels.source(by, folder.graphFiles());
    }

    private static Path place(ModelFolder folder, Path directory, List<String> source) {
        String name = String.valueOf(folder.path().toAbsolutePath().normalize().getFileName());
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(String.join("\n", source).getBytes(StandardCharsets.UTF_8));
            String key = HexFormat.of().formatHex(hash).substring(0, KEY_CHARACTERS);
            return directory.toAbsolutePath().resolve(name + "-" + key);
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
