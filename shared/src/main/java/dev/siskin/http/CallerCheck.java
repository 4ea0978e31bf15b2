package dev.siskin.http;

import dev.siskin.auth.ApiKey;
import dev.siskin.auth.Caller;
import dev.siskin.auth.KeyRing;
import dev.siskin.auth.RateLimiter;
import dev.siskin.auth.RateLimiter.Decision;
import dev.siskin.auth.RateLimiter.Limit;
import dev.siskin.auth.Scope;
import io.javalin.http.Context;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who calls, whether that may be, and how often: key, tenant, scope and rates. Thread-safe. */
final class CallerCheck {
    private static final Logger LOG = LoggerFactory.getLogger(CallerCheck.class);
    private static final String TENANT_HEADER = "X-Siskin-Tenant";
    private static final String BEARER = "Bearer ";
    private static final String DECISION = "siskin.rate.decision";

    /** Lines that the log may have of each address that sends no valid key. */
    private static final int REFUSALS_LOGGED_PER_MINUTE = 6;

    private final Optional<KeyRing> keys;
    private final RateLimiter rates;

    /** Of its own: addresses that send keys at random take no bucket from the keys. */
    private final RateLimiter logLines = RateLimiter.system();

    private final TrustedProxies proxies;
    private final UnderWay underWay = new UnderWay();

    /** @param keys empty = everybody may do everything, as the one tenant there is */
    CallerCheck(Optional<KeyRing> keys, RateLimiter rates, TrustedProxies proxies) {
        this.keys = keys;
        this.rates = rates;
        this.proxies = proxies;
    }

    /** Whether the key file cannot be used any more, and the keys read before are in force. */
    boolean keysAreStale() {
        return keys.map(KeyRing::isStale).orElse(false);
    }

    /**
     * The caller, once its key's own rate allows the request.
     *
     * @throws ProblemException 401, 403 or 429
     */
    Caller authenticate(Context context) {
        Caller caller = keys.isEmpty() ? Caller.OPEN : withKey(keys.get(), context);
        @Nullable String tenant = context.header(TENANT_HEADER);
        if (tenant == null) {
            return caller;
        }
        if (keys.isEmpty() && !tenant.equals(Caller.DEFAULT_TENANT)) {
            // names that anybody may make up would grow meters and caches without bound
            throw Problem.forbidden("without keys there is one tenant, " + Caller.DEFAULT_TENANT + ": make keys with"
                    + " ./siskin keys create, or leave " + TENANT_HEADER + " out");
        }
        if (!caller.may(Scope.SERVICE)) {
            throw Problem.forbidden("only a key with scope service may name a tenant in " + TENANT_HEADER);
        }
        try {
            ApiKey.requireName(TENANT_HEADER, tenant);
        } catch (IllegalArgumentException invalid) {
            throw Problem.badRequest(String.valueOf(invalid.getMessage()));
        }
        return caller.as(tenant);
    }

    /** @throws ProblemException 403 */
    static void requireScope(Caller caller, Scope scope) {
        boolean serviceReads = scope == Scope.QUERY && caller.may(Scope.SERVICE);
        if (!caller.may(scope) && !serviceReads) {
            throw Problem.forbidden("this route needs a key with scope " + scope.wireName());
        }
    }

    /** @throws ProblemException 429 where the key or the tenant has called the limit's routes too often */
    void limit(RouteLimit limit, Caller caller, Context context) {
        List<Limit> limits = keys.isEmpty()
                ? limit.of("address " + client(context), "your address", caller.tenant())
                : limit.of("key " + caller.keyId(), "the key", caller.tenant());
        if (!limits.isEmpty()) {
            take(limits, limit.name(), context);
        }
    }

    /**
     * Begins a request that counts as under way until it is closed.
     *
     * @throws ProblemException 429 where the tenant has as many under way as it may
     */
    UnderWay.Entered enter(RouteLimit limit, Caller caller, Context context) {
        try {
            return underWay.enter(keys.isEmpty() ? RouteLimit.NONE : limit, caller.tenant());
        } catch (ProblemException full) {
            tell(context, limit.atOnce(), 0, UnderWay.RETRY_SECONDS);
            throw full;
        }
    }

    private Caller withKey(KeyRing ring, Context context) {
        @Nullable String header = context.header("Authorization");
        if (header == null || !header.startsWith(BEARER)) {
            throw Problem.unauthorized("send a key: Authorization: Bearer <key>; ./siskin keys create makes one");
        }
        Optional<ApiKey> known = ring.find(header.substring(BEARER.length()).strip());
        if (known.isEmpty()) {
            logRefusal(client(context));
            throw Problem.unauthorized("this key is not known here");
        }
        ApiKey key = known.get();
        if (key.ratePerMinute() != null) {
            take(List.of(new Limit("key " + key.id(), key.ratePerMinute(), "the key")), "requests", context);
        }
        return key.caller();
    }

    private void logRefusal(String client) {
        var lines = new Limit(client, REFUSALS_LOGGED_PER_MINUTE, "the log");
        if (logLines.take(List.of(lines)).allowed()) {
            LOG.info("a key that is not known was sent from {}", client);
        }
    }

    private String client(Context context) {
        return proxies.client(
                String.valueOf(context.req().getRemoteAddr()),
                Collections.list(context.req().getHeaders("X-Forwarded-For")));
    }

    private void take(List<Limit> limits, String what, Context context) {
        Decision decision = rates.take(limits);
        @Nullable Decision before = context.attribute(DECISION);
        Decision told = before == null || !decision.allowed() ? decision : RateLimiter.tighter(before, decision);
        context.attribute(DECISION, told);
        tell(context, told.limit().perMinute(), told.remaining(), told.resetSeconds());
        if (!decision.allowed()) {
            Limit limit = decision.limit();
            throw Problem.tooManyRequests(
                    limit.of() + " allows " + limit.perMinute() + " " + what + " a minute; try again in "
                            + decision.retryAfterSeconds() + " s",
                    decision.retryAfterSeconds());
        }
    }

    private static void tell(Context context, int limit, long remaining, long resetSeconds) {
        context.header("RateLimit-Limit", Integer.toString(limit));
        context.header("RateLimit-Remaining", Long.toString(remaining));
        context.header("RateLimit-Reset", Long.toString(resetSeconds));
    }
}
