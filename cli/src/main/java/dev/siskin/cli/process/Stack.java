package dev.siskin.cli.process;

import dev.siskin.cli.CommandFailure;
import dev.siskin.generators.GeneratorLibrary;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Both services of one data folder. Started together, each in a process of its own; stopped in the opposite order,
 * so that no question is cut off from its passages.
 *
 * <p><b>Life.</b> From {@link #start} on they end with this command, however it ends: by {@link #close}, by Ctrl-C or
 * when its terminal closes. Only {@code kill -9} gets past that, and then {@code siskin down} finds the services by
 * their records. {@link #leaveRunning} lets them live on.
 *
 * <p>Thread-safe: the shutdown hook may stop what another thread starts or waits for.
 */
public final class Stack implements AutoCloseable {
    /** How long a service may take to answer; a large collection is opened within it. */
    public static final Duration READY_TIMEOUT = Duration.ofSeconds(60);

    /** The same where a model has to be loaded first, and its weights packed the first time. */
    private static final Duration MODEL_TIMEOUT = Duration.ofMinutes(15);

    private final Installation installation;
    private final DataFolder data;
    private final Settings settings;
    private final boolean outlives;
    private final boolean lowMemoryStart;
    private final Map<String, String> toldBoth;
    private final Map<Service, ServiceProcess> processes = new EnumMap<>(Service.class);
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final Thread stopAtShutdown = new Thread(this::stop, "stop-services");
    private volatile boolean leftRunning;

    /** Services that start as usual. */
    public Stack(Installation installation, DataFolder data, Settings settings, boolean outlives) {
        this(installation, data, settings, outlives, false, Map.of());
    }

    /**
     * @param outlives whether the services go on when this command and its terminal are gone
     * @param lowMemoryStart whether retrieval-service starts with everything at its smallest
     * @param toldBoth settings, by environment variable, that win over those of this command
     */
    public Stack(
            Installation installation,
            DataFolder data,
            Settings settings,
            boolean outlives,
            boolean lowMemoryStart,
            Map<String, String> toldBoth) {
        this.installation = installation;
        this.data = data;
        this.settings = settings;
        this.outlives = outlives;
        this.lowMemoryStart = lowMemoryStart;
        this.toldBoth = Map.copyOf(toldBoth);
    }

    /** The services of this data folder that are running, whoever started them. */
    public static List<ServiceProcess> running(DataFolder data) {
        var running = new ArrayList<ServiceProcess>();
        for (Service service : Service.values()) {
            ServiceProcess.find(data, service).ifPresent(running::add);
        }
        return running;
    }

    /**
     * Starts what is not running yet, on these ports, and waits until both answer.
     *
     * @throws CommandFailure where a port is taken, or a service ends or is not ready in time
     */
    public void start(Map<Service, Integer> ports) {
        Runtime.getRuntime().addShutdownHook(stopAtShutdown);
        var urls = new EnumMap<Service, URI>(Service.class);
        for (Service service : Service.values()) {
            Optional<ServiceProcess> running =
                    ServiceProcess.find(data, service).filter(process -> process.becomesReady(READY_TIMEOUT));
            if (running.isPresent()) {
                keep(running.get());
                urls.put(service, running.get().url());
            } else {
                int port = ports.getOrDefault(service, service.port(settings));
                requireFree(service, port);
                urls.put(service, service.address(settings, port));
            }
        }
        Map<String, String> environment = environment(urls);
        for (Service service : Service.values()) {
            startMissing(service, get(urls, service), environment);
        }
        for (ServiceProcess process : processes()) {
            process.awaitReady(LocalModelHeap.isNeeded(settings, toldBoth) ? MODEL_TIMEOUT : READY_TIMEOUT);
        }
    }

    private static URI get(Map<Service, URI> urls, Service service) {
        URI url = urls.get(service);
        if (url == null) {
            throw new IllegalStateException("no address for " + service);
        }
        return url;
    }

    /** Not while a stop counts what there is to stop. */
    private synchronized void startMissing(Service service, URI url, Map<String, String> environment) {
        if (!processes.containsKey(service) && !stopping.get()) {
            keep(ServiceProcess.start(
                    installation, data, service, url, environment, outlives, lowMemoryStart, jvmOptions(service)));
        }
    }

    private List<String> jvmOptions(Service service) {
        return service == Service.INFERENCE
                ? LocalModelHeap.options(
                        installation.jvmOptions(service.module()),
                        GeneratorLibrary.of(installation.home(), data.path()),
                        settings,
                        toldBoth)
                : List.of();
    }

    private synchronized void keep(ServiceProcess process) {
        processes.put(process.service(), process);
    }

    /** The processes, retrieval first. */
    public synchronized List<ServiceProcess> processes() {
        return List.copyOf(processes.values());
    }

    /** What both services are told beyond what this command was told itself. */
    private Map<String, String> environment(Map<Service, URI> urls) {
        var environment = new HashMap<String, String>();
        environment.put("MALLOC_ARENA_MAX", "2");
        environment.put("ORT_DISABLE_TELEMETRY", "1");
        environment.put("SISKIN_DATA", data.path().toString());
        if (lowMemoryStart) {
            environment.put("SISKIN_RETRIEVAL_LOW_MEMORY_START", "true");
        }
        boolean hasKeys = Files.exists(data.keys());
        for (Service service : Service.values()) {
            environment.put(
                    service.http().port().env(),
                    Integer.toString(get(urls, service).getPort()));
            if (hasKeys && !settings.isSet(service.http().keysFile())) {
                environment.put(service.http().keysFile().env(), data.keys().toString());
            }
        }
        environment.put(
                "SISKIN_INFERENCE_RETRIEVAL_URL", get(urls, Service.RETRIEVAL).toString());
        ServiceKey.of(data).ifPresent(key -> environment.put("SISKIN_INFERENCE_RETRIEVAL_KEY", key));
        environment.putAll(toldBoth);
        return environment;
    }

    private void requireFree(Service service, int port) {
        if (!isFree(settings.get(service.http().bind()), port)) {
            throw new CommandFailure("port " + port + " is in use, " + service.module()
                    + " cannot listen on it: stop what uses it, or choose another with "
                    + service.http().port().env() + "=" + (port + 10));
        }
    }

    /** Whether a service could listen here now. */
    public static boolean isFree(String bind, int port) {
        try (var probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByName(bind), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }

    /** Some port that is free on this machine now. */
    public static int freePort() {
        try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        } catch (IOException none) {
            throw new CommandFailure("no free port on this machine: " + none.getMessage());
        }
    }

    /**
     * Waits until a service ends.
     *
     * @return how it ended by itself; nothing where it was stopped, by this command or by a signal
     */
    public Optional<CommandFailure> awaitEnd() {
        CompletableFuture<?>[] ends =
                processes().stream().map(ServiceProcess::onExit).toArray(CompletableFuture<?>[]::new);
        CompletableFuture.anyOf(ends).join();
        if (stopping.get()) {
            return Optional.empty();
        }
        return processes().stream()
                .filter(ServiceProcess::hasEnded)
                .filter(process -> !process.wasStopped())
                .map(ServiceProcess::ended)
                .findFirst();
    }

    /** Lets the services live on when this command ends. */
    public void leaveRunning() {
        leftRunning = true;
        removeHook();
    }

    /** Stops both, inference first, unless they are to live on. */
    @Override
    public void close() {
        if (!leftRunning) {
            stop();
            removeHook();
        }
    }

    private void stop() {
        if (beginStop()) {
            processes().reversed().forEach(ServiceProcess::stop);
        }
    }

    private synchronized boolean beginStop() {
        return stopping.compareAndSet(false, true);
    }

    private void removeHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(stopAtShutdown);
        } catch (IllegalStateException shuttingDown) {
            // The hook runs already and stops what there is.
            return;
        }
    }
}
