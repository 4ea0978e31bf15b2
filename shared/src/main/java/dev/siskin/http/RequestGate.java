package dev.siskin.http;

import dev.siskin.auth.Caller;
import dev.siskin.auth.Scope;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * What a request passes before its handler and after it: request id, Host and Origin, key, rate, scope,
 * content type and length; and what a failure becomes.
 */
final class RequestGate {
    private static final Logger LOG = LoggerFactory.getLogger(RequestGate.class);
    private static final String METHOD_OVERRIDE = "X-HTTP-Method-Override";
    private static final long RETRY_SECONDS = 1;
    private static final long STOP_RETRY_SECONDS = 5;
    private static final String STALE_KEYS =
            "the key file cannot be used any more, see the log; the keys read before stay in force";

    private final CallerCheck callers;
    private final BodyBudget bodies;
    private final Supplier<Optional<String>> readiness;
    private final Supplier<Optional<String>> limitation;
    private final PrometheusMeterRegistry meters;
    private final HostHeaderCheck hostHeaders;
    private final int mostAtOnce;
    private final RefusedBodies refusedBodies = new RefusedBodies();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final AtomicInteger underWay = new AtomicInteger();

    /** @param mostAtOnce requests under way, health and metrics not counted */
    RequestGate(
            HostHeaderCheck hostHeaders,
            CallerCheck callers,
            BodyBudget bodies,
            Supplier<Optional<String>> readiness,
            Supplier<Optional<String>> limitation,
            int mostAtOnce,
            PrometheusMeterRegistry meters) {
        this.callers = callers;
        this.bodies = bodies;
        this.readiness = readiness;
        this.limitation = limitation;
        this.mostAtOnce = mostAtOnce;
        this.meters = meters;
        this.hostHeaders = hostHeaders;
    }

    void install(RoutesConfig javalin, List<HttpHost.Route> routes, Map<String, Handler> pages) {
        var shapes = new ErrorShapes(routes);
        javalin.before(context -> {
            ProblemWriter.use(context, shapes.of(context.path()));
            identify(context);
        });
        javalin.get("/livez", context -> context.json(Map.of("status", "ok")));
        javalin.get("/readyz", this::ready);
        javalin.get("/metrics", context -> metrics(context));
        pages.forEach(javalin::get);
        for (HttpHost.Route route : routes) {
            javalin.addHttpHandler(route.method(), route.path(), context -> pass(route, context));
        }
        javalin.exception(ProblemException.class, (problem, context) -> ProblemWriter.write(context, problem));
        javalin.exception(
                HttpResponseException.class, (refused, context) -> ProblemWriter.write(context, refused(refused)));
        javalin.exception(Exception.class, this::failed);
        javalin.error(404, RequestGate::noSuchRoute);
    }

    /** Begins to refuse; false where it did so before. */
    boolean refuseNew() {
        return stopping.compareAndSet(false, true);
    }

    private void identify(Context context) {
        String id = RequestId.of(context.header(RequestId.HEADER));
        context.attribute(HttpHostContext.REQUEST_ID, id);
        context.header(RequestId.HEADER, id);
        context.header("X-Content-Type-Options", "nosniff");
        context.header("Cache-Control", "no-store");
        hostHeaders.check(context.header("Host"), context.header("Origin"));
        if (context.header(METHOD_OVERRIDE) != null) {
            // Javalin would route by it, past whatever a proxy before this service allows
            throw Problem.badRequest(METHOD_OVERRIDE + " is not taken here: send the request with the method itself");
        }
    }

    private void ready(Context context) {
        Optional<String> reason = stopping.get() ? Optional.of("stopping") : readiness.get();
        if (reason.isPresent()) {
            throw Problem.unavailable("not ready: " + reason.get(), 1);
        }
        Optional<String> stale = callers.keysAreStale() ? Optional.of(STALE_KEYS) : Optional.empty();
        String limited =
                Stream.of(limitation.get(), stale).flatMap(Optional::stream).collect(Collectors.joining("; "));
        context.json(limited.isEmpty() ? Map.of("status", "ready") : Map.of("status", "ready", "limitation", limited));
    }

    private void metrics(Context context) {
        Caller caller = callers.authenticate(context);
        CallerCheck.requireScope(caller, Scope.ADMIN);
        context.contentType("text/plain; version=0.0.4; charset=utf-8").result(meters.scrape());
    }

    private void pass(HttpHost.Route route, Context context) throws Exception {
        long began = System.nanoTime();
        String id = HttpHostContext.requestId(context);
        MDC.put("request", id);
        int status = 500;
        try {
            enter(route, context);
            status = context.statusCode();
        } catch (ProblemException problem) {
            status = problem.status();
            // of a stranger, nothing is read
            if (status != 401 && !stopping.get()) {
                refusedBodies.read(route, context);
            }
            throw problem;
        } catch (IOException gone) {
            status = context.res().isCommitted() ? context.statusCode() : status;
            throw gone;
        } finally {
            MDC.remove("request");
            timer(route, status).record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
        }
    }

    /** Holds one of the places, until the request is answered or refused and no longer. */
    private void enter(HttpHost.Route route, Context context) throws Exception {
        if (underWay.getAndUpdate(now -> now < mostAtOnce ? now + 1 : now) >= mostAtOnce) {
            throw Problem.unavailable(
                    mostAtOnce + " requests are under way, as many as are taken at once: try again", RETRY_SECONDS);
        }
        try {
            if (stopping.get()) {
                context.header("Connection", "close");
                throw Problem.unavailable("the service is stopping", STOP_RETRY_SECONDS);
            }
            handle(route, context, callers.authenticate(context));
        } finally {
            underWay.decrementAndGet();
        }
    }

    private void handle(HttpHost.Route route, Context context, Caller caller) throws Exception {
        CallerCheck.requireScope(caller, route.scope());
        callers.limit(route.limit(), caller, context);
        try (UnderWay.Entered _ = callers.enter(route.limit(), caller, context)) {
            admitBody(route, context);
            BodyBudget.Share share = share(route, context, caller);
            context.attribute(JsonBody.BODY_ATTRIBUTE, share);
            try {
                route.handler().handle(context, caller);
            } finally {
                share.giveBack();
            }
        }
    }

    /** What the body takes of the budget; NDJSON is read by the line and bounded where it is read. */
    private BodyBudget.Share share(HttpHost.Route route, Context context, Caller caller) {
        return route.content().equals(Optional.of(ContentKind.JSON))
                ? bodies.take(caller.tenant(), context.req().getContentLengthLong(), route.bodyCapBytes())
                : BodyBudget.NOTHING;
    }

    private Timer timer(HttpHost.Route route, int status) {
        return Timer.builder("siskin.http.requests")
                .description("Requests by route and status")
                .tag("method", route.method().name())
                .tag("route", route.path())
                .tag("status", Integer.toString(status))
                .register(meters);
    }

    private static void admitBody(HttpHost.Route route, Context context) {
        if (route.content().isEmpty()) {
            return;
        }
        ContentKind content = route.content().get();
        // as it was sent: the servlet's own getter fails on a charset that Java does not have
        @Nullable String sent = context.header("Content-Type");
        String mediaType = sent == null ? "" : sent.split(";", 2)[0].strip();
        if (!mediaType.equalsIgnoreCase(content.mediaType())) {
            throw Problem.unsupportedMediaType("this route reads " + content.mediaType() + ": Content-Type="
                    + (mediaType.isEmpty() ? "(none)" : mediaType));
        }
        if (context.req().getContentLengthLong() > route.bodyCapBytes()) {
            throw CappedInputStream.bodyTooLarge(route.bodyCapBytes());
        }
        context.attribute(JsonBody.CAP_ATTRIBUTE, route.bodyCapBytes());
    }

    private static ProblemException refused(HttpResponseException refused) {
        return switch (refused.getStatus()) {
            case 404 -> Problem.notFound("no such route");
            case 405 ->
                new ProblemException(
                        405,
                        "method-not-allowed",
                        "Method not allowed",
                        "this path does not take that method",
                        java.util.OptionalLong.empty());
            case 413 -> Problem.tooLarge("the request is too large");
            default ->
                refused.getStatus() >= 500
                        ? Problem.unavailable("the request could not be answered", 1)
                        : Problem.badRequest(String.valueOf(refused.getMessage()));
        };
    }

    private static void noSuchRoute(Context context) {
        if (context.resultInputStream() == null || "Endpoint not found".equals(context.result())) {
            ProblemWriter.write(context, Problem.notFound("no such route: " + context.method() + " " + context.path()));
        }
    }

    private void failed(Exception failure, Context context) {
        if (failure instanceof IOException) {
            LOG.debug("client went away", failure);
        } else {
            LOG.error("request {} {} failed", context.method(), context.path(), failure);
        }
        ProblemWriter.write(context, Problem.internal());
    }
}
