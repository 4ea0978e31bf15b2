package dev.siskin.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Embedding calls nowhere and leaves nothing behind. A child JVM embeds a text; its class-loading log shows whether any
 * Java code so much as touched a socket or a host name, and strace, where the machine has it, whether native code did.
 */
class OfflineTest {
    private static final List<String> WITHOUT_NETWORK = withoutNetwork();

    private static final List<String> NETWORK_CLASSES = List.of(
            " java.net.Socket ",
            " java.net.InetAddress ",
            " java.net.HttpURLConnection ",
            " sun.nio.ch.Net ",
            " sun.nio.ch.NioSocketImpl ");

    @TempDir
    private Path directory = Path.of("set by JUnit");

    private Path home = directory;
    private Path temporary = directory;

    @BeforeEach
    void makeFolders() throws IOException {
        home = Files.createDirectory(directory.resolve("home"));
        temporary = Files.createDirectory(directory.resolve("tmp"));
    }

    @Test
    void embedding_touchesNoSocketAndNoHostName() throws Exception {
        String classes = run(List.of(), Embed.class);

        assertThat(classes).contains(" ai.djl.huggingface.tokenizers.jni.TokenizersLibrary ");
        assertThat(classes).doesNotContain(NETWORK_CLASSES);
        assertThat(classes.lines().filter(line -> line.contains(" ai.djl.") && !line.contains(".tokenizers.jni.")))
                .as("classes of DJL, some of which call home")
                .isEmpty();
    }

    @Test
    void detection_seesAConnection() throws Exception {
        assertThat(run(List.of(), Connect.class)).contains(" java.net.Socket ");
    }

    @Test
    void embedding_makesNoNativeConnection() throws Exception {
        assumeTrue(canTrace(), "strace is missing or may not trace here");
        Path trace = directory.resolve("trace");
        List<String> strace =
                List.of("strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", trace.toString());

        run(strace, Embed.class);
        assertThat(Files.readString(trace)).doesNotContain("AF_INET");

        run(strace, Connect.class);
        assertThat(Files.readString(trace)).contains("AF_INET");
    }

    @Test
    void embedding_leavesNoFileInHomeOrTemporaryFolder() throws Exception {
        run(List.of(), Embed.class);

        try (Stream<Path> inHome = Files.walk(home);
                Stream<Path> inTemporary = Files.walk(temporary)) {
            assertThat(inHome).containsExactly(home);
            assertThat(inTemporary).containsExactly(temporary);
        }
    }

    /** Runs a main class in a JVM with empty home and temporary folders; gives the log of the classes it loaded. */
    private String run(List<String> before, Class<?> main) throws Exception {
        Path classes = directory.resolve("classes.log");
        Path output = directory.resolve("output.log");
        List<String> command = new ArrayList<>(before);
        command.addAll(WITHOUT_NETWORK);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home", ""), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xlog:class+load:file=" + classes,
                "--enable-native-access=ALL-UNNAMED",
                "-Duser.home=" + home,
                "-Djava.io.tmpdir=" + temporary,
                "-Dsiskin.native.path=" + System.getProperty("siskin.native.path"),
                "-Dsiskin.models=" + System.getProperty("siskin.models"),
                "-cp",
                System.getProperty("java.class.path", ""),
                main.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(output.toFile());
        builder.environment().keySet().removeAll(Set.of("OPT_OUT_TRACKING", "ORT_DISABLE_TELEMETRY"));
        builder.environment().put("HOME", home.toString());
        Process process = builder.start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
        return Files.readString(classes);
    }

    /** A network namespace with nothing in it, where this user may make one: every connection is refused there. */
    private static List<String> withoutNetwork() {
        List<String> unshare = List.of("unshare", "--map-root-user", "--net");
        var command = new ArrayList<>(unshare);
        command.add("true");
        try {
            Process process = new ProcessBuilder(command).start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0 ? unshare : List.of();
        } catch (IOException e) {
            return List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    private static boolean canTrace() throws InterruptedException {
        try {
            Process process = new ProcessBuilder("strace", "-f", "-qq", "-o", "/dev/null", "true").start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    static final class Embed {
        private Embed() {}

        public static void main(String[] arguments) {
            try (Embedder embedder =
                    Embedder.open(TestModels.directory(TestModels.MINILM), new EmbedderSettings(1, 1))) {
                embedder.embedQuery("does this call anyone?");
                embedder.tokenizer().tokenSpans("or this?");
            }
        }
    }

    static final class Connect {
        private Connect() {}

        public static void main(String[] arguments) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9), 100);
            } catch (IOException e) {
                // Refused, which is as good as accepted here: the attempt is what is to be seen.
                System.out.println(e);
            }
        }
    }
}
