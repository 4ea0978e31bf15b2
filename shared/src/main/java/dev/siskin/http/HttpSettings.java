package dev.siskin.http;

import dev.siskin.settings.Setting;
import dev.siskin.settings.Settings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How a service listens.
 *
 * @param bind address to listen on
 * @param port 0 = any free one
 * @param keysFile that must exist and makes every request need a key; empty path = none
 * @param allowedHosts names accepted in {@code Host}, beside localhost on a loopback bind
 * @param trustedProxies whose {@code X-Forwarded-For} is believed
 * @param maxHeaderBytes of a request
 * @param bodyBudgetBytes that JSON bodies may have together; 0 = no bound
 * @param idleTimeout after which a silent connection is closed
 * @param stopTimeout how long a stop waits for accepted requests
 */
public record HttpSettings(
        String bind,
        int port,
        Path keysFile,
        Set<String> allowedHosts,
        TrustedProxies trustedProxies,
        int maxHeaderBytes,
        long bodyBudgetBytes,
        Duration idleTimeout,
        Duration stopTimeout) {
    /** Sixteen questions of the largest size at once: what a small heap can hold, parsed. */
    private static final long DEFAULT_BODY_BUDGET = 4L << 20;

    /** The settings of a service's HTTP side, named after the service. */
    public record Declared(
            Setting<String> bind,
            Setting<Integer> port,
            Setting<Path> keysFile,
            Setting<String> allowedHosts,
            Setting<TrustedProxies> trustedProxies,
            Setting<Integer> maxHeaderBytes,
            Setting<Long> bodyBudgetBytes,
            Setting<Duration> idleTimeout,
            Setting<Duration> stopTimeout) {
        /** All of them, for the table of settings. */
        public List<Setting<?>> all() {
            return List.of(
                    bind,
                    port,
                    keysFile,
                    allowedHosts,
                    trustedProxies,
                    maxHeaderBytes,
                    bodyBudgetBytes,
                    idleTimeout,
                    stopTimeout);
        }

        /** The values in force. */
        public HttpSettings read(Settings settings) {
            Set<String> hosts = Stream.of(settings.get(allowedHosts).split(","))
                    .map(String::strip)
                    .filter(host -> !host.isEmpty())
                    .collect(Collectors.toUnmodifiableSet());
            return new HttpSettings(
                    settings.get(bind),
                    settings.get(port),
                    settings.get(keysFile),
                    hosts,
                    settings.get(trustedProxies),
                    settings.get(maxHeaderBytes),
                    settings.get(bodyBudgetBytes),
                    settings.get(idleTimeout),
                    settings.get(stopTimeout));
        }
    }

    /** Declares the settings under {@code <service>.http.…}. */
    public static Declared declare(String service, int defaultPort) {
        return declare(service, defaultPort, DEFAULT_BODY_BUDGET);
    }

    /** The same for a service that reads larger bodies. */
    public static Declared declare(String service, int defaultPort, long defaultBodyBudgetBytes) {
        String prefix = service + ".http.";
        return new Declared(
                Setting.text(prefix + "bind", "127.0.0.1", "Address to listen on; any but loopback needs a key file."),
                Setting.integer(prefix + "port", defaultPort, 0, 65_535, "Port to listen on; 0 = any free one."),
                Setting.path(
                        service + ".keys.file",
                        "",
                        "Key file made by `./siskin keys create`; it must exist; empty = open, on loopback only."),
                Setting.text(
                        prefix + "allowed.hosts",
                        "",
                        "Comma-separated names accepted in the Host header; on loopback in addition to localhost."),
                new Setting<>(
                        prefix + "trusted.proxies",
                        TrustedProxies.NONE,
                        TrustedProxies::parse,
                        "Comma-separated addresses and networks of proxies whose X-Forwarded-For names the client; empty = none is believed.",
                        false),
                Setting.integer(
                        prefix + "max.header.bytes",
                        16_384,
                        1_024,
                        1_048_576,
                        "Largest request line and header together; beyond, 431, and 414 where the line alone is larger."),
                Setting.bytes(
                        prefix + "body.budget",
                        defaultBodyBudgetBytes,
                        "Bytes that JSON bodies of requests under way may have together, with keys those of one tenant half of it; beyond, 503, and 429 for the tenant's half; 0 = no bound."),
                Setting.duration(
                        prefix + "idle.timeout", Duration.ofSeconds(30), "A silent connection is closed after this."),
                Setting.duration(
                        prefix + "stop.timeout",
                        Duration.ofSeconds(20),
                        "How long a stop waits for the requests it has accepted."));
    }

    /** Whether only this machine can reach the service. */
    boolean isLoopback() {
        try {
            return InetAddress.getByName(bind).isLoopbackAddress();
        } catch (UnknownHostException unknown) {
            throw new HostStartException("the bind address is not known here: bind=" + bind, unknown);
        }
    }
}
