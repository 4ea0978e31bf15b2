package dev.siskin.cli.process;

import dev.siskin.http.HttpSettings;
import dev.siskin.settings.Settings;
import java.net.URI;
import java.util.Set;

/** The two services, in the order they are started. */
public enum Service {
    RETRIEVAL("retrieval-service", "dev.siskin.retrieval.RetrievalService", "retrieval", 7301, 24L << 20),
    INFERENCE("inference-service", "dev.siskin.inference.InferenceService", "inference", 7300, 4L << 20);

    private static final Set<String> EVERY_ADDRESS = Set.of("0.0.0.0", "::", "[::]", "localhost");

    private final String module;
    private final String mainClass;
    private final String settingsPrefix;
    private final int defaultPort;
    private final long defaultBodyBudgetBytes;

    Service(String module, String mainClass, String settingsPrefix, int defaultPort, long defaultBodyBudgetBytes) {
        this.module = module;
        this.mainClass = mainClass;
        this.settingsPrefix = settingsPrefix;
        this.defaultPort = defaultPort;
        this.defaultBodyBudgetBytes = defaultBodyBudgetBytes;
    }

    /** The module, which is also what the service is called in print. */
    public String module() {
        return module;
    }

    /** The class with the service's {@code main}. */
    public String mainClass() {
        return mainClass;
    }

    /** The settings of its HTTP side. */
    public HttpSettings.Declared http() {
        return HttpSettings.declare(settingsPrefix, defaultPort, defaultBodyBudgetBytes);
    }

    /** The port these settings give it; 0 = any free one. */
    public int port(Settings settings) {
        return settings.get(http().port());
    }

    /** Its address for clients on this machine when it listens on this port. */
    public URI address(Settings settings, int port) {
        String bind = settings.get(http().bind());
        String host = EVERY_ADDRESS.contains(bind) ? "127.0.0.1" : bind;
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port);
    }
}
