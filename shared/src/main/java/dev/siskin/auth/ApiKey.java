package dev.siskin.auth;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the key file; the key itself is never stored.
 *
 * @param id names the key in logs and for revoking it
 * @param sha256 of the key's UTF-8 bytes, lower-case hex
 * @param ratePerMinute requests allowed; null = no limit
 */
public record ApiKey(
        String id,
        String sha256,
        String tenant,
        Set<Scope> scopes,
        ServiceTier tier,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer ratePerMinute) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /** @throws IllegalArgumentException naming the field that is wrong */
    public ApiKey {
        requireName("id", id);
        requireName("tenant", tenant);
        if (sha256 == null || !SHA256.matcher(sha256).matches()) {
            throw new IllegalArgumentException("key '" + id + "': sha256 must be 64 lower-case hex digits");
        }
        if (scopes == null || scopes.isEmpty()) {
            throw new IllegalArgumentException(
                    "key '" + id + "': scopes must name at least one of query, write, admin, service");
        }
        if (ratePerMinute != null && ratePerMinute < 1) {
            throw new IllegalArgumentException(
                    "key '" + id + "': rate_per_minute must be at least 1: rate_per_minute=" + ratePerMinute);
        }
        scopes = Set.copyOf(scopes);
        tier = tier == null ? ServiceTier.STANDARD : tier;
    }

    /** @throws IllegalArgumentException where the value is no name of a tenant or key */
    public static void requireName(String what, @Nullable String value) {
        if (value == null || !NAME.matcher(value).matches()) {
            throw new IllegalArgumentException(what + " must match " + NAME.pattern() + ": " + what + "=" + value);
        }
    }

    /** The caller this key stands for. */
    public Caller caller() {
        return new Caller(id, tenant, scopes, tier);
    }
}
