package dev.siskin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * An installation whose services and indexer are programs of a few lines: what the commands do to processes can be
 * seen in all its cases, faster than with the real ones.
 *
 * <p>A stand-in service answers {@code /readyz}, notes its stop in {@code stopped}, and misbehaves where a file named
 * {@code <module>.<fault>} lies in the installation's folder: {@code dies}, {@code never-ready}.
 */
final class StandIns {
    private static final String SERVICE = """
            package dev.siskin.NAME;
            import com.sun.net.httpserver.HttpServer;
            import java.net.InetSocketAddress;
            import java.nio.file.*;
            public class TYPE {
                public static void main(String[] args) throws Exception {
                    System.out.println("options " + System.getProperty("stand.in"));
                    System.out.println("environment " + new java.util.TreeMap<>(System.getenv()));
                    if (Files.exists(Path.of("MODULE.dies"))) {
                        System.out.println("cannot open the index: index=broken; restore it");
                        System.exit(3);
                    }
                    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                        try {
                            Files.writeString(Path.of("stopped"), "MODULE\\n",
                                    StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                        } catch (java.io.IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    }));
                    int port = Integer.parseInt(System.getenv("PORT"));
                    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
                    server.createContext("/", exchange -> {
                        boolean ready = !Files.exists(Path.of("MODULE.never-ready"));
                        byte[] body = "{\\"status\\":503,\\"detail\\":\\"the model is loading\\",\\"collections\\":[]}".getBytes();
                        exchange.sendResponseHeaders(ready ? 200 : 503, body.length);
                        exchange.getResponseBody().write(body);
                        exchange.close();
                    });
                    server.start();
                }
            }
            """;
    private static final String INDEXER = """
            package dev.siskin.indexer;
            import java.nio.file.*;
            public class Indexer {
                public static void main(String[] args) throws Exception {
                    System.out.println("arguments " + String.join("|", args));
                    System.out.println("retrieval " + System.getenv("SISKIN_RETRIEVAL_URL"));
                    System.out.println("key " + System.getenv("SISKIN_KEY"));
                    if (Files.exists(Path.of("indexer.waits"))) {
                        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("indexer stopped")));
                        System.out.println("indexer waits");
                        Thread.currentThread().join();
                    }
                    System.exit(3);
                }
            }
            """;

    private static final String MODEL_CHECK = """
            package dev.siskin.inference.generation.local;
            import java.nio.file.*;
            public class ModelCheck {
                public static void main(String[] args) throws Exception {
                    if (Files.exists(Path.of("model-check.fails"))) {
                        System.err.println("WARNING: something else");
                        System.err.println("siskin: unsupported input: pixel_values");
                        System.exit(1);
                    }
                    if (Files.exists(Path.of("model-check.killed"))) {
                        Runtime.getRuntime().halt(137);
                    }
                    String report = \"""
                            {"model":"%s","graph":"onnx/model_q4.onnx","threads":%s,"load_ms":12.5,"packed":%s,
                            "weights_bytes":104857600,"weights_measured_bytes":115343360,
                            "weights_anonymous_bytes":10485760,"kv_bytes_per_token":1024,
                            "prompt_tokens":256,"prefill_tokens_per_second":900.0,"new_tokens":%s,
                            "decode_tokens_per_second":40.5,"run_weights_bytes":104857600,"run_bytes":105185280,"run_measured_bytes":115703808,
                            "sequences":%s,"context_tokens":%s,"sequences_bytes":16777216,"process_bytes":52428800,
                            "needed_bytes":180000000,"host_bytes":%s,"fits":%s,"text":"and\\\\u001b[31m so on"}
                            \""";
                    boolean packed = Files.exists(Path.of("model-check.packs"));
                    Files.deleteIfExists(Path.of("model-check.packs"));
                    boolean fits = !Files.exists(Path.of("model-check.too-small"));
                    System.out.printf(report, args[0], args[2], packed, args[3], args[4], args[5],
                            fits ? "4294967296" : "134217728", fits);
                }
            }
            """;

    private final Path home;

    private StandIns(Path home) {
        this.home = home;
    }

    /** The stand-ins' jars, to be installed as often as tests need them. */
    record Compiled(Map<String, Path> jars, Path modelCheck) {
        StandIns install(Path home) throws IOException {
            for (Map.Entry<String, Path> jar : jars.entrySet()) {
                Path module = home.resolve(jar.getKey());
                Path folder = Files.createDirectories(module.resolve("target/app/lib"));
                Files.copy(jar.getValue(), folder.resolve("stand-in.jar"));
                Files.writeString(
                        module.resolve("jvm.options"),
                        "-XX:TieredStopAtLevel=1\n-Xmx32m\n-Dstand.in=" + jar.getKey() + "\n");
            }
            Files.copy(modelCheck, home.resolve("inference-service/target/app/lib/model-check.jar"));
            return new StandIns(home);
        }
    }

    static Compiled compile(Path work) throws IOException {
        return new Compiled(
                Map.of(
                        "retrieval-service",
                        jar(work, "RetrievalService", service("retrieval", "RetrievalService")),
                        "inference-service",
                        jar(work, "InferenceService", service("inference", "InferenceService")),
                        "indexer",
                        jar(work, "Indexer", INDEXER)),
                jar(work, "ModelCheck", MODEL_CHECK));
    }

    private static String service(String name, String type) {
        return SERVICE.replace("NAME", name)
                .replace("TYPE", type)
                .replace("MODULE", name + "-service")
                .replace("PORT", "SISKIN_" + name.toUpperCase(Locale.ROOT) + "_HTTP_PORT");
    }

    Path home() {
        return home;
    }

    /** Makes a stand-in misbehave. */
    void fault(String name) throws IOException {
        Files.createFile(home.resolve(name));
    }

    /** Which services have stopped in good order, first to last. */
    List<String> stopped() throws IOException {
        Path file = home.resolve("stopped");
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    /** Starts a command as a process of its own. */
    Process start(Map<String, String> environment, String... arguments) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dsiskin.home=" + home,
                "-cp",
                System.getProperty("java.class.path"),
                Siskin.class.getName()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Path jar(Path folder, String type, String source) throws IOException {
        Path work = Files.createDirectories(folder.resolve(type));
        Path file = Files.writeString(work.resolve(type + ".java"), source);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        int status = compiler.run(null, null, null, "-proc:none", "-d", work.toString(), file.toString());
        assertThat(status).as("stand-in %s compiles", type).isZero();
        Path target = folder.resolve(type + ".jar");
        try (OutputStream out = Files.newOutputStream(target);
                var jar = new JarOutputStream(out);
                Stream<Path> compiled = Files.walk(work)) {
            for (Path entry :
                    compiled.filter(path -> path.toString().endsWith(".class")).toList()) {
                jar.putNextEntry(new JarEntry(work.relativize(entry).toString()));
                Files.copy(entry, jar);
                jar.closeEntry();
            }
        }
        return target;
    }
}
