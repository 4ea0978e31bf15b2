package dev.siskin.retrieval;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The service in a process of its own, to be killed or given little heap. */
final class ServiceProcess implements AutoCloseable {
    private final Process process;
    private final String base;
    private final HttpClient http = HttpClient.newHttpClient();

    private ServiceProcess(Process process, int port) {
        this.process = process;
        this.base = "http://127.0.0.1:" + port;
    }

    /** Runs the service and prints its port. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) throws Exception {
            RetrievalService service = RetrievalService.start(TestService.settings(Path.of(args[0]), Map.of()));
            System.out.println("PORT " + service.port());
        }
    }

    static ServiceProcess on(Path data, String... jvmOptions) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dsiskin.home=" + System.getProperty("siskin.home"),
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(List.of(jvmOptions));
        command.addAll(List.of(Child.class.getName(), data.toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new ServiceProcess(process, port(process));
    }

    private static int port(Process process) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("PORT ")) {
                return Integer.parseInt(line.substring("PORT ".length()));
            }
        }
        throw new AssertionError("the service ended before it listened");
    }

    /** Sends a request; throws {@link IOException} where the process is gone. */
    HttpResponse<String> send(String method, String path, String contentType, String body) throws IOException {
        try {
            return http.send(
                    HttpRequest.newBuilder(URI.create(base + path))
                            .header("Content-Type", contentType)
                            .method(method, BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IOException(stop);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Kills it after some milliseconds, or returns when it has ended by itself. */
    void killAfter(int millis) throws InterruptedException {
        process.waitFor(millis, TimeUnit.MILLISECONDS);
        process.destroyForcibly().waitFor();
    }

    /** {@code kill -9}. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        http.close();
    }
}
