package dev.siskin.http;

import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests that a browser was tricked into sending: a foreign name that resolves to loopback
 * (DNS rebinding) by {@code Host}, a foreign page by {@code Origin}.
 */
final class HostHeaderCheck {
    private static final Set<String> LOCAL_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");

    private final boolean loopback;
    private final Set<String> allowedHosts;

    private final String setting;

    /** @param setting that names the allowed hosts, for the message of a refusal */
    HostHeaderCheck(boolean loopback, Set<String> allowedHosts, String setting) {
        this.loopback = loopback;
        this.allowedHosts = allowedHosts.stream()
                .map(host -> host.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
        this.setting = setting;
    }

    /** @throws ProblemException 403 naming the header */
    void check(@Nullable String host, @Nullable String origin) {
        if (!isAllowed(host)) {
            throw Problem.forbidden("Host header is not a name of this service: Host=" + printable(host)
                    + "; add it to the setting " + setting);
        }
        if (origin != null && !isSameOrigin(origin, host)) {
            throw Problem.forbidden("requests from other origins are refused: Origin=" + printable(origin));
        }
    }

    private boolean isAllowed(@Nullable String host) {
        if (host == null) {
            return false;
        }
        String name = nameOf(host);
        if (allowedHosts.contains(name) || allowedHosts.contains(host.toLowerCase(Locale.ROOT))) {
            return true;
        }
        return loopback ? LOCAL_NAMES.contains(name) : allowedHosts.isEmpty();
    }

    private static boolean isSameOrigin(String origin, @Nullable String host) {
        int scheme = origin.indexOf("://");
        return scheme > 0 && host != null && origin.substring(scheme + 3).equalsIgnoreCase(host);
    }

    /** The host without its port: {@code localhost:7300} and {@code [::1]:7300} included. */
    private static String nameOf(String host) {
        int bracket = host.lastIndexOf(']');
        int colon = host.lastIndexOf(':');
        String name = colon > bracket ? host.substring(0, colon) : host;
        return name.toLowerCase(Locale.ROOT);
    }

    private static String printable(@Nullable String header) {
        if (header == null) {
            return "(none)";
        }
        String text = header.replaceAll("[^\\x20-\\x7e]", "?");
        return text.length() > 100 ? text.substring(0, 100) + "…" : text;
    }
}
