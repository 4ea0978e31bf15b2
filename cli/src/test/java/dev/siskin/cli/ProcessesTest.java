package dev.siskin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.cli.Invocations.Outcome;
import dev.siskin.cli.process.DataFolder;
import dev.siskin.cli.process.Service;
import dev.siskin.cli.process.ServiceProcess;
import dev.siskin.cli.process.Stack;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** up, down, status and index as processes, with stand-ins for the services. */
@Timeout(60)
class ProcessesTest {
    private static final int SIGINT_STATUS = 130;

    private static StandIns.@Nullable Compiled compiled;

    @TempDir
    Path temporary;

    private final List<Process> started = new ArrayList<>();
    private @Nullable StandIns installed;
    private DataFolder data = new DataFolder(Path.of(""));
    private Map<String, String> environment = Map.of();

    @BeforeAll
    static void compile(@TempDir Path folder) throws IOException {
        compiled = StandIns.compile(folder);
    }

    @BeforeEach
    void install() throws IOException {
        installed =
                Objects.requireNonNull(compiled).install(Files.createDirectories(temporary.resolve("an installation")));
        data = new DataFolder(temporary.resolve("some data"));
        environment = Map.of(
                "SISKIN_DATA",
                data.path().toString(),
                Service.RETRIEVAL.http().port().env(),
                Integer.toString(Stack.freePort()),
                Service.INFERENCE.http().port().env(),
                Integer.toString(Stack.freePort()));
    }

    @AfterEach
    void nothingIsLeftBehind() throws InterruptedException {
        for (Process process : started) {
            process.destroy();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        Stack.running(data).reversed().forEach(ServiceProcess::stop);
    }

    @Test
    void up_foreground_ctrlCStopsInferenceThenRetrieval() throws Exception {
        Process up = start("up");
        awaitLine(up, "Ctrl-C stops both.");
        List<ServiceProcess> running = Stack.running(data);
        assertThat(running).extracting(ServiceProcess::service).containsExactly(Service.RETRIEVAL, Service.INFERENCE);

        interrupt(up);

        assertThat(up.waitFor()).isEqualTo(SIGINT_STATUS);
        assertThat(running).allMatch(ServiceProcess::hasEnded);
        assertThat(standIns().stopped()).containsExactly("inference-service", "retrieval-service");
        assertThat(Stack.running(data)).isEmpty();
    }

    @Test
    void up_twice_saysAlreadyRunning() throws Exception {
        Process up = start("up");
        awaitLine(up, "Ctrl-C stops both.");

        Outcome again = run("up");

        assertThat(again.status()).isZero();
        assertThat(again.out())
                .contains(
                        "already running", Stack.running(data).getFirst().url().toString());
    }

    @Test
    void up_detached_runsUntilDown() throws Exception {
        Outcome up = run("up", "--detach");
        assertThat(up.status()).as(up.err()).isZero();
        assertThat(up.out()).contains("./siskin down stops them");

        Outcome status = run("status", "--json");
        assertThat(status.status()).isZero();
        JsonNode services = Json.MAPPER.readTree(status.out()).path("services");
        assertThat(services)
                .hasSize(2)
                .allMatch(service -> service.path("ready").asBoolean());
        assertThat(services.path(0).path("pid").asLong())
                .isEqualTo(Stack.running(data).getFirst().pid());
        assertThat(run("doctor").out()).contains("retrieval-service runs at http://127.0.0.1:");

        Outcome down = run("down");
        assertThat(down.status()).isZero();
        assertThat(down.out()).contains("stopped inference-service", "stopped retrieval-service");
        assertThat(Stack.running(data)).isEmpty();
    }

    @Test
    void up_handsOptionsAndEnvironmentOn() throws Exception {
        run("keys", "create");
        run("up", "--detach");

        String log = Files.readString(data.log(Service.INFERENCE));
        assertThat(log)
                .contains("options inference-service")
                .contains("MALLOC_ARENA_MAX=2", "ORT_DISABLE_TELEMETRY=1", "SISKIN_DATA=" + data.path())
                .contains("SISKIN_INFERENCE_KEYS_FILE=" + data.keys())
                .contains("SISKIN_INFERENCE_RETRIEVAL_URL=http://127.0.0.1:"
                        + environment.get(Service.RETRIEVAL.http().port().env()))
                .contains("SISKIN_INFERENCE_RETRIEVAL_KEY="
                        + Files.readString(data.serviceKey()).strip());
    }

    @Test
    void up_withALowMemoryStart_tellsRetrievalAlone() throws Exception {
        Path options = standIns().home().resolve("retrieval-service/jvm-low-memory.options");
        Files.writeString(options, "-Dstand.in=low-memory\n");
        run("up", "--detach", "--low-memory-start");

        assertThat(Files.readString(data.log(Service.RETRIEVAL)))
                .contains("options low-memory", "SISKIN_RETRIEVAL_LOW_MEMORY_START=true");
        assertThat(Files.readString(data.log(Service.INFERENCE))).contains("options inference-service");
    }

    @Test
    void up_withoutKeys_namesNoKeyFile() throws Exception {
        run("up", "--detach");

        assertThat(Files.readString(data.log(Service.RETRIEVAL)))
                .contains("options retrieval-service")
                .doesNotContain("KEYS_FILE");
    }

    @Test
    void up_serviceThatDiesAtStart_showsItsLogAndStopsTheOther() throws Exception {
        standIns().fault("retrieval-service.dies");

        Outcome up = run("up");

        assertThat(up.status()).isEqualTo(1);
        assertThat(up.err())
                .contains("retrieval-service ended with status 3; its log: " + data.log(Service.RETRIEVAL))
                .contains("    cannot open the index: index=broken; restore it");
        assertThat(Stack.running(data)).isEmpty();
    }

    @Test
    void up_serviceThatDiesLater_stopsTheOtherAndFails() throws Exception {
        Process up = start("up");
        awaitLine(up, "Ctrl-C stops both.");
        List<ServiceProcess> running = Stack.running(data);

        kill(running.getFirst().pid(), "KILL");

        assertThat(up.waitFor()).isEqualTo(1);
        assertThat(rest(up)).contains("retrieval-service ended with status 137; its log:");
        assertThat(running).allMatch(ServiceProcess::hasEnded);
    }

    @Test
    void up_stoppedByDown_endsWell() throws Exception {
        Process up = start("up");
        awaitLine(up, "Ctrl-C stops both.");

        assertThat(run("down").status()).isZero();

        assertThat(up.waitFor()).isZero();
    }

    @Test
    void up_interruptedWhileStarting_leavesNothing() throws Exception {
        standIns().fault("retrieval-service.never-ready");
        Process up = start("up");
        awaitLine(up, "starting retrieval-service and inference-service");
        while (Stack.running(data).size() < 2) {
            Thread.onSpinWait();
        }
        List<ServiceProcess> running = Stack.running(data);
        assertThat(run("status").out()).contains("retrieval-service");

        interrupt(up);

        assertThat(up.waitFor()).isEqualTo(SIGINT_STATUS);
        assertThat(running).allMatch(ServiceProcess::hasEnded);
    }

    @Test
    void up_killedOutright_isTakenUpByTheNext() throws Exception {
        Process up = start("up");
        awaitLine(up, "Ctrl-C stops both.");
        List<ServiceProcess> running = Stack.running(data);
        up.destroyForcibly().waitFor();

        assertThat(run("up").out()).contains("already running");
        kill(running.getFirst().pid(), "KILL");
        running.getFirst().onExit().get();
        Outcome repaired = run("up", "--detach");

        assertThat(repaired.status()).as(repaired.err()).isZero();
        assertThat(Stack.running(data)).hasSize(2);
        assertThat(Stack.running(data).getLast().pid())
                .isEqualTo(running.getLast().pid());
    }

    @Test
    void up_serviceThatIsDying_isWaitedForAndReplaced() throws Exception {
        run("up", "--detach");
        ServiceProcess dying = Stack.running(data).getFirst();
        kill(dying.pid(), "STOP");

        Process up = start("up", "--detach");
        awaitLine(up, "retrieval-service (pid " + dying.pid() + ") does not answer");
        kill(dying.pid(), "KILL");

        assertThat(up.waitFor()).as(rest(up)).isZero();
        assertThat(Stack.running(data)).hasSize(2);
        assertThat(Stack.running(data).getFirst().pid()).isNotEqualTo(dying.pid());
    }

    @Test
    void index_passesPathsAddressKeyAndStatusThrough() throws Exception {
        Process index = start(
                "index",
                "a b.md",
                "--threads",
                "2",
                "--json",
                "--include",
                "*.md",
                "--include=*.txt",
                "--metadata",
                "team=search",
                "-q",
                "--collection",
                "papers",
                "--retrieval-url",
                "http://127.0.0.1:1",
                "--key",
                "k");

        assertThat(index.waitFor()).isEqualTo(3);
        assertThat(rest(index))
                .contains("arguments --threads|2|--json=true|--include=*.md|--include=*.txt|--metadata=team=search|"
                        + "--quiet=true|--collection=papers|--|"
                        + Path.of("a b.md").toAbsolutePath())
                .contains("retrieval http://127.0.0.1:1")
                .contains("key k");
    }

    @Test
    void index_interrupted_waitsForTheIndexerToStop() throws Exception {
        standIns().fault("indexer.waits");
        Process index = start("index", "docs");
        awaitLine(index, "indexer waits");

        interrupt(index);

        assertThat(index.waitFor()).isEqualTo(SIGINT_STATUS);
        assertThat(rest(index)).contains("indexer stopped");
    }

    private StandIns standIns() {
        return Objects.requireNonNull(installed);
    }

    private Process start(String... arguments) throws IOException {
        Process process = standIns().start(environment, arguments);
        started.add(process);
        return process;
    }

    private Outcome run(String... arguments) {
        return Invocations.run(standIns().home(), environment, arguments);
    }

    private static void awaitLine(Process process, String text) throws IOException {
        var lines = new ArrayList<String>();
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            lines.add(line);
            if (line.contains(text)) {
                return;
            }
        }
        throw new AssertionError("the command ended without saying '" + text + "': " + lines);
    }

    private static String rest(Process process) throws IOException {
        return process.inputReader(StandardCharsets.UTF_8).readAllAsString();
    }

    private static void interrupt(Process process) throws IOException, InterruptedException {
        kill(process.pid(), "INT");
    }

    private static void kill(long pid, String signal) throws IOException, InterruptedException {
        int status = new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
                .start()
                .waitFor();
        assertThat(status).isZero();
    }
}
