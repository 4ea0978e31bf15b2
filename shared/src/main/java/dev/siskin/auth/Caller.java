package dev.siskin.auth;

import java.util.EnumSet;
import java.util.Set;

/**
 * Who makes a request.
 *
 * @param keyId id of the key, {@code open} where no keys are configured
 * @param tenant whose collections the request sees
 */
public record Caller(String keyId, String tenant, Set<Scope> scopes, ServiceTier tier) {
    /** The tenant where no keys are configured. */
    public static final String DEFAULT_TENANT = "default";

    /** Everybody, where no keys are configured and only loopback is bound. */
    public static final Caller OPEN =
            new Caller("open", DEFAULT_TENANT, Set.copyOf(EnumSet.allOf(Scope.class)), ServiceTier.STANDARD);

    public Caller {
        scopes = Set.copyOf(scopes);
    }

    /** Whether the caller holds this scope; {@code admin} holds {@code query} and {@code write} too. */
    public boolean may(Scope scope) {
        return scopes.contains(scope)
                || (scopes.contains(Scope.ADMIN) && (scope == Scope.QUERY || scope == Scope.WRITE));
    }

    /** The same caller acting for another tenant. */
    public Caller as(String otherTenant) {
        return new Caller(keyId, otherTenant, scopes, tier);
    }
}
