package dev.siskin.cli.process;

import dev.siskin.cli.CommandFailure;
import dev.siskin.cli.model.HubClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A service running as a process of its own, in a session of its own where the system has {@code setsid}: Ctrl-C
 * in the terminal reaches the command alone, which then stops the services in order.
 */
public final class ServiceProcess {
    /** A stop lets accepted requests finish, for at most this long; the services themselves allow 20 s. */
    public static final Duration STOP_TIMEOUT = Duration.ofSeconds(25);

    private static final int SIGINT_STATUS = 130;
    private static final int SIGTERM_STATUS = 143;
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(40);

    private final Service service;
    private final ProcessHandle handle;
    private final @Nullable Process child;
    private final URI url;
    private final Path record;
    private final Path log;

    private ServiceProcess(
            Service service, ProcessHandle handle, @Nullable Process child, URI url, Path record, Path log) {
        this.service = service;
        this.handle = handle;
        this.child = child;
        this.url = url;
        this.record = record;
        this.log = log;
    }

    /** The running service of this data folder, whoever started it. */
    public static Optional<ServiceProcess> find(DataFolder data, Service service) {
        Path file = data.record(service);
        return ProcessRecord.read(file)
                .flatMap(known -> known.process()
                        .map(handle ->
                                new ServiceProcess(service, handle, null, known.url(), file, data.log(service))));
    }

    /**
     * Starts a service; its output goes to a fresh log, the one before is kept beside it.
     *
     * @param environment added to this process's own
     * @param lowMemoryStart whether its JVM gets the options of a low-memory start, where the service has such
     * @param jvmOptions that win over all others
     * @param outlives whether it goes on when this command and its terminal are gone
     * @throws CommandFailure where the process cannot be started
     */
    public static ServiceProcess start(
            Installation installation,
            DataFolder data,
            Service service,
            URI url,
            Map<String, String> environment,
            boolean outlives,
            boolean lowMemoryStart,
            List<String> jvmOptions) {
        Path log = data.log(service);
        var command = new ArrayList<>(apart(outlives));
        command.addAll(installation.command(service.module(), service.mainClass(), lowMemoryStart, jvmOptions));
        var builder = new ProcessBuilder(command).directory(installation.home().toFile());
        builder.environment().putAll(environment);
        builder.environment().remove("SISKIN_KEY");
        builder.environment().remove(HubClient.TOKEN.env());
        builder.redirectErrorStream(true);
        try {
            if (Files.exists(log)) {
                Files.move(log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
            }
            builder.redirectInput(
                    ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
            builder.redirectOutput(log.toFile());
            Process process = builder.start();
            ProcessHandle handle = process.toHandle();
            ProcessRecord.of(handle, url).write(data.record(service));
            return new ServiceProcess(service, handle, process, url, data.record(service), log);
        } catch (IOException refused) {
            throw new CommandFailure(service.module() + " cannot be started: " + refused.getMessage());
        }
    }

    /** What goes before the command so that the terminal's signals do not reach the process. */
    private static List<String> apart(boolean outlives) {
        if (isOnPath("setsid")) {
            return List.of("setsid");
        }
        return outlives && isOnPath("nohup") ? List.of("nohup") : List.of();
    }

    private static boolean isOnPath(String program) {
        for (String folder :
                System.getenv().getOrDefault("PATH", "/usr/bin:/bin").split(":", -1)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }

    public Service service() {
        return service;
    }

    public long pid() {
        return handle.pid();
    }

    /** Where it answers. */
    public URI url() {
        return url;
    }

    /** Where its output goes. */
    public Path log() {
        return log;
    }

    /** How long it has been running, where the operating system tells. */
    public Optional<Duration> uptime() {
        return handle.info().startInstant().map(start -> Duration.between(start, java.time.Instant.now()));
    }

    /** Done when the process ends. */
    public CompletableFuture<ProcessHandle> onExit() {
        return handle.onExit();
    }

    /** Whether the process is gone. */
    public boolean hasEnded() {
        return !handle.isAlive();
    }

    /** Whether it ended because of Ctrl-C or a request to stop, such as {@code siskin down} makes. */
    public boolean wasStopped() {
        OptionalInt status = exitStatus();
        return status.isPresent() && (status.getAsInt() == SIGINT_STATUS || status.getAsInt() == SIGTERM_STATUS);
    }

    /** The exit status; nothing while it runs or where another command started it. */
    public OptionalInt exitStatus() {
        return child == null || child.isAlive() ? OptionalInt.empty() : OptionalInt.of(child.exitValue());
    }

    /** Whether it answers requests now. */
    public boolean isReady() {
        return Readiness.of(url) instanceof Readiness.Ready;
    }

    /**
     * Waits until the service answers requests.
     *
     * @throws CommandFailure where it ends instead, with the last lines of its log, or takes too long
     */
    public void awaitReady(Duration timeout) {
        if (!becomesReady(timeout)) {
            throw ended();
        }
    }

    /**
     * Waits until the service answers requests, or ends: one that was just killed is among the living for a moment.
     *
     * @throws CommandFailure where it does neither in time
     */
    public boolean becomesReady(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        Readiness readiness = Readiness.of(url);
        while (!(readiness instanceof Readiness.Ready)) {
            if (endsWithin(BETWEEN_LOOKS)) {
                return false;
            }
            if (System.nanoTime() > deadline) {
                throw new CommandFailure(service.module() + " is not ready after " + timeout.toSeconds() + " s ("
                        + readiness.describe() + "); its log: " + log + tail());
            }
            readiness = Readiness.of(url);
        }
        return true;
    }

    /** What to say when the process has ended by itself. */
    public CommandFailure ended() {
        OptionalInt status = exitStatus();
        String how = status.isPresent() ? " ended with status " + status.getAsInt() : " ended";
        return new CommandFailure(service.module() + how + "; its log: " + log + tail());
    }

    /** Asks it to stop, lets it finish what it accepted, and kills it after {@link #STOP_TIMEOUT}. */
    public void stop() {
        handle.destroy();
        if (!endsWithin(STOP_TIMEOUT)) {
            handle.destroyForcibly();
            if (!endsWithin(KILL_TIMEOUT)) {
                throw new CommandFailure(service.module() + " does not stop: kill -9 " + pid());
            }
        }
        try {
            Files.deleteIfExists(record);
        } catch (IOException kept) {
            throw new UncheckedIOException("cannot remove " + record, kept);
        }
    }

    private boolean endsWithin(Duration patience) {
        try {
            handle.onExit().get(patience.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException stillRunning) {
            return false;
        } catch (ExecutionException unwatchable) {
            return !handle.isAlive();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return !handle.isAlive();
        }
    }

    private String tail() {
        return LogTail.of(log).stream().map(line -> "\n    " + line).reduce("", String::concat);
    }
}
