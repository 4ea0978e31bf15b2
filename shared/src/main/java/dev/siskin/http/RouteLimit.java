package dev.siskin.http;

import dev.siskin.auth.RateLimiter.Limit;
import java.util.List;
import java.util.stream.Stream;

/**
 * How often routes that cost more than others may be called, beside what a key's own rate allows. Routes of the same name
 * are counted together.
 *
 * @param name what is limited, in the plural: {@code answers}
 * @param perKey requests a minute of a key, or of an address where no keys are in use; 0 = no limit
 * @param perTenant requests a minute of all keys of a tenant; 0 = no limit
 * @param atOnce requests of a tenant under way, where keys are in use: a lone tenant crowds out nobody; 0 = no limit
 */
public record RouteLimit(String name, int perKey, int perTenant, int atOnce) {
    /** Of routes that only the key's own rate bounds. */
    static final RouteLimit NONE = new RouteLimit("", 0, 0, 0);

    /** The same requests under way, whatever their rate. */
    public RouteLimit atOnceAlone() {
        return new RouteLimit(name, 0, 0, atOnce);
    }

    /**
     * The limits that a request must keep to.
     *
     * @param caller key or address that calls
     * @param called what a refusal calls it
     */
    List<Limit> of(String caller, String called, String tenant) {
        return Stream.of(
                        new Limit(name + " of " + caller, perKey, called),
                        new Limit(name + " of tenant " + tenant, perTenant, "the tenant"))
                .filter(limit -> limit.perMinute() > 0)
                .toList();
    }
}
