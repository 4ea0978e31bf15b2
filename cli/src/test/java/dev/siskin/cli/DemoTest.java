package dev.siskin.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.Json;
import dev.siskin.cli.Invocations.Outcome;
import dev.siskin.cli.process.DataFolder;
import dev.siskin.cli.process.Installation;
import dev.siskin.cli.process.Service;
import dev.siskin.cli.process.ServiceProcess;
import dev.siskin.cli.process.Stack;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real services, indexer and commands together, as a stranger meets them. Needs every module packaged. */
@Timeout(180)
class DemoTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    Path temporary;

    private DataFolder data = new DataFolder(Path.of(""));
    private Map<String, String> environment = Map.of();

    @BeforeEach
    void everythingIsPackaged() {
        var installation = new Installation(HOME);
        for (String module : List.of("retrieval-service", "inference-service", "indexer")) {
            assumeThat(installation.jars(module))
                    .as("package the modules first: ./siskin build")
                    .isDirectory();
        }
        data = new DataFolder(temporary.resolve("data"));
        environment = Map.of(
                "SISKIN_DATA",
                data.path().toString(),
                Service.RETRIEVAL.http().port().env(),
                Integer.toString(Stack.freePort()),
                Service.INFERENCE.http().port().env(),
                Integer.toString(Stack.freePort()));
    }

    @AfterEach
    void nothingIsLeftBehind() {
        List<ServiceProcess> running = Stack.running(data);
        running.reversed().forEach(ServiceProcess::stop);
        assertThat(running).isEmpty();
    }

    @Test
    void demo_exit_indexesAsksAndEnds() throws Exception {
        Run demo = process("demo", "--exit", "--data", data.path().toString());

        assertThat(demo.status()).as(demo.output()).isZero();
        assertThat(demo.output())
                .contains("retrieval-service  http://127.0.0.1:", "inference-service  http://127.0.0.1:")
                .contains("This project's documentation becomes the collection 'siskin-docs'")
                .contains("[1]", "characters ", "“", " ms (queue ")
                .doesNotContain("\u001B");
        assertThat(demo.output().lines().filter(line -> line.matches(" +together( +[0-9.]+ MiB){4}")))
                .hasSize(Files.exists(Path.of("/proc/self/smaps_rollup")) ? 1 : 0);
    }

    @Test
    void ownFolder_isIndexedAskedSearchedAndKeptAcrossARestart() throws Exception {
        Path papers = Files.createDirectories(temporary.resolve("my papers"));
        Files.writeString(papers.resolve("heron.md"), """
                # The grey heron

                ## Food

                The grey heron eats fish, frogs and voles. It hunts at dawn and dusk.
                """);
        Files.writeString(papers.resolve("siskin.txt"), "The siskin eats the seeds of alder and birch.\n");
        assertThat(run("up", "--detach").status()).isZero();

        Run index = process("index", papers.toString(), "--collection", "papers");
        assertThat(index.status()).as(index.output()).isZero();
        AnswerResponse answer = ask("What does the grey heron eat?");
        assertThat(answer.answer()).contains("fish, frogs and voles", "[1]");
        assertThat(answer.citations().getFirst().documentId()).endsWith("heron.md");

        assertThat(run("down").status()).isZero();
        assertThat(run("up", "--detach").status()).isZero();
        assertThat(ask("What does the grey heron eat?").answer()).contains("fish, frogs and voles");
        Run search = run("search", "alder seeds", "--collection", "papers", "-k", "1");
        assertThat(search.output()).contains("siskin.txt");
        JsonNode status = Json.MAPPER.readTree(run("status", "--json").output());
        assertThat(status.path("collections").path(0).path("documents").asInt()).isEqualTo(2);
        assertThat(process("index", papers.toString(), "--collection", "papers").output())
                .contains("unchanged   2");

        Run unknown = run("ask", "What?", "--collection", "nowhere");
        assertThat(unknown.status()).isEqualTo(1);
        assertThat(unknown.output()).startsWith("siskin: ").contains("nowhere").hasLineCount(1);
        assertThat(run("down").status()).isZero();
    }

    @Test
    void keys_areNeededOnceTheyExist() throws Exception {
        Path paper = Files.writeString(temporary.resolve("heron.md"), "The grey heron eats fish, frogs and voles.\n");
        String key = Json.MAPPER
                .readTree(run("keys", "create", "--tenant", "acme", "--json").output())
                .path("key")
                .asText();
        assertThat(run("up", "--detach").status()).isZero();

        assertThat(process("index", paper.toString(), "-c", "papers", "--key", key)
                        .status())
                .isZero();
        Run refused = run("ask", "What does the grey heron eat?", "-c", "papers");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.output()).contains("SISKIN_KEY");
        assertThat(run("ask", "What does the grey heron eat?", "-c", "papers", "--key", key)
                        .output())
                .contains("fish, frogs and voles");
        assertThat(run("down").status()).isZero();
    }

    private AnswerResponse ask(String question) throws IOException {
        Run asked = run("ask", question, "--collection", "papers", "--json");
        assertThat(asked.status()).as(asked.output()).isZero();
        return Json.MAPPER.readValue(asked.output(), AnswerResponse.class);
    }

    private record Run(int status, String output) {}

    private Run run(String... arguments) {
        Outcome outcome = Invocations.run(HOME, environment, arguments);
        return new Run(outcome.status(), outcome.out() + outcome.err());
    }

    /** For commands whose output comes from a process of their own. */
    private Run process(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                Installation.java().toString(),
                "@" + HOME.resolve("cli/jvm.options"),
                "-Dsiskin.home=" + HOME,
                "-cp",
                System.getProperty("java.class.path"),
                Siskin.class.getName()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), output);
    }
}
