package dev.siskin.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.auth.KeyRing;
import dev.siskin.auth.RateLimiter;
import dev.siskin.auth.Scope;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.GracefulHandler;

/**
 * What both services listen with: keys and scopes, body caps, request ids, problems, health, metrics and a
 * stop that finishes what was accepted. Requests run on virtual threads, which carry HTTP and nothing else.
 *
 * <p><b>Life.</b> {@link Builder#start} binds; {@link #close} refuses new requests, waits for the accepted
 * ones as long as the stop timeout allows, and closes the port. Thread-safe once started.
 */
public final class HttpHost implements AutoCloseable {
    /** Encoded slashes and the like are part of document ids; Jetty refuses them otherwise. */
    private static final UriCompliance IDS_MAY_HOLD_SLASHES = UriCompliance.DEFAULT.with(
            "siskin",
            UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR,
            UriCompliance.Violation.AMBIGUOUS_PATH_ENCODING,
            UriCompliance.Violation.AMBIGUOUS_EMPTY_SEGMENT,
            UriCompliance.Violation.SUSPICIOUS_PATH_CHARACTERS);

    /** Open at once; more wait to be accepted. */
    private static final int MAX_CONNECTIONS = 1_024;

    private final Javalin javalin;
    private final RequestGate gate;
    private final HttpSettings settings;

    private HttpHost(Javalin javalin, RequestGate gate, HttpSettings settings) {
        this.javalin = javalin;
        this.gate = gate;
        this.settings = settings;
    }

    /** Begins a host; the name appears in logs and metrics. */
    public static Builder named(String service, HttpSettings settings) {
        return new Builder(service, settings);
    }

    /** The port that is bound. */
    public int port() {
        return javalin.port();
    }

    /** Address for clients on this machine. */
    public String address() {
        String host =
                settings.isLoopback() && settings.bind().contains(":") ? "[" + settings.bind() + "]" : settings.bind();
        return "http://" + host + ":" + port();
    }

    /** What answers here, as the router has it: {@code GET /v1/collections/{name}}; health and pages included. */
    public Set<String> routes() {
        return javalin.unsafe.internalRouter.allHttpHandlers().stream()
                .map(parsed -> parsed.endpoint)
                .filter(endpoint -> endpoint.method.isHttpMethod())
                .map(endpoint -> endpoint.method.name() + " " + OpenApi.template(endpoint.path))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Stops gracefully; a second call does nothing. */
    @Override
    public void close() {
        if (gate.refuseNew()) {
            javalin.stop();
        }
    }

    /** One route: what it is called by, who may, how much it reads, who answers, what it says of itself. */
    record Route(
            HandlerType method,
            String path,
            Scope scope,
            long bodyCapBytes,
            Optional<ContentKind> content,
            RouteHandler handler,
            RouteDoc doc,
            ErrorShape errors,
            RouteLimit limit) {
        Route describedBy(RouteDoc newDoc) {
            return new Route(method, path, scope, bodyCapBytes, content, handler, newDoc, errors, limit);
        }

        Route withErrors(ErrorShape shape) {
            return new Route(method, path, scope, bodyCapBytes, content, handler, doc, shape, limit);
        }

        Route limitedBy(RouteLimit newLimit) {
            return new Route(method, path, scope, bodyCapBytes, content, handler, doc, errors, newLimit);
        }
    }

    /** Collects the routes of a service. */
    public static final class Builder {
        private final String service;
        private final HttpSettings settings;
        private final List<Route> routes = new ArrayList<>();
        private final Map<String, Handler> pages = new LinkedHashMap<>();
        private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        private Supplier<Optional<String>> readiness = Optional::empty;
        private Supplier<Optional<String>> limitation = Optional::empty;
        private int mostAtOnce = Integer.MAX_VALUE;

        private Builder(String service, HttpSettings settings) {
            this.service = service;
            this.settings = settings;
        }

        /** The registry behind {@code /metrics}. */
        public PrometheusMeterRegistry meters() {
            return meters;
        }

        /** @param reason why the service cannot answer yet; empty when it can */
        public Builder readiness(Supplier<Optional<String>> reason) {
            this.readiness = reason;
            return this;
        }

        /** @param what of what the service can do is not as usual, told by {@code /readyz} to everybody; empty when all is */
        public Builder limitation(Supplier<Optional<String>> what) {
            this.limitation = what;
            return this;
        }

        /**
         * Refuses requests with 503 while so many are under way, before anything of them is looked at: where processors
         * are short, requests pile up on threads of their own before they come to any queue. Health and metrics are
         * always answered.
         */
        public Builder mostAtOnce(int requests) {
            this.mostAtOnce = requests;
            return this;
        }

        public Builder get(String path, Scope scope, RouteHandler handler) {
            return add(HandlerType.GET, path, scope, 0, Optional.empty(), handler);
        }

        /** A GET that needs no key: a page that holds no data, for browsers, which cannot send one. */
        public Builder page(String path, Handler handler) {
            pages.put(path, handler);
            return this;
        }

        public Builder delete(String path, Scope scope, RouteHandler handler) {
            return add(HandlerType.DELETE, path, scope, 0, Optional.empty(), handler);
        }

        /** A PUT with a JSON body of at most {@code bodyCapBytes}. */
        public Builder put(String path, Scope scope, long bodyCapBytes, RouteHandler handler) {
            return add(HandlerType.PUT, path, scope, bodyCapBytes, Optional.of(ContentKind.JSON), handler);
        }

        /** A POST without a body. */
        public Builder post(String path, Scope scope, RouteHandler handler) {
            return add(HandlerType.POST, path, scope, 0, Optional.empty(), handler);
        }

        /** A POST with a body of at most {@code bodyCapBytes}. */
        public Builder post(String path, Scope scope, long bodyCapBytes, ContentKind content, RouteHandler handler) {
            return add(HandlerType.POST, path, scope, bodyCapBytes, Optional.of(content), handler);
        }

        /** Describes the route added last in {@code openapi.json}. */
        public Builder describe(RouteDoc doc) {
            routes.addLast(routes.removeLast().describedBy(doc));
            return this;
        }

        /** Sends the errors of the path of the route added last in another shape than a problem's. */
        public Builder errors(ErrorShape shape) {
            routes.addLast(routes.removeLast().withErrors(shape));
            return this;
        }

        /** Bounds how often the route added last may be called. */
        public Builder limit(RouteLimit limit) {
            routes.addLast(routes.removeLast().limitedBy(limit));
            return this;
        }

        private Builder add(
                HandlerType method,
                String path,
                Scope scope,
                long bodyCapBytes,
                Optional<ContentKind> content,
                RouteHandler handler) {
            routes.add(new Route(
                    method,
                    path,
                    scope,
                    bodyCapBytes,
                    content,
                    handler,
                    RouteDoc.NONE,
                    ErrorShape.PROBLEM,
                    RouteLimit.NONE));
            return this;
        }

        /**
         * Binds the port and begins to answer.
         *
         * @throws HostStartException where the port is taken, the address unknown, the bind is public without
         *     keys, or the key file that is named is not there
         * @throws dev.siskin.auth.InvalidKeyFileException where the key file cannot be used
         */
        public HttpHost start() {
            Optional<KeyRing> keys = keys();
            var bodies = new BodyBudget(
                    settings.bodyBudgetBytes(),
                    keys.isEmpty(),
                    declared().bodyBudgetBytes().env());
            var hostHeaders = new HostHeaderCheck(
                    settings.isLoopback(),
                    settings.allowedHosts(),
                    declared().allowedHosts().name());
            var callers = new CallerCheck(keys, RateLimiter.system(), settings.trustedProxies());
            var gate = new RequestGate(hostHeaders, callers, bodies, readiness, limitation, mostAtOnce, meters);
            new JvmMemoryMetrics().bindTo(meters);
            addDocs(keys.isEmpty());
            Javalin javalin = Javalin.create(config -> {
                configure(config);
                gate.install(config.routes, routes, pages);
            });
            try {
                javalin.start(settings.bind(), settings.port());
            } catch (RuntimeException failed) {
                throw explained(failed);
            }
            return new HttpHost(javalin, gate, settings);
        }

        /** The document of all routes, its own two included, and the page that shows it. */
        private void addDocs(boolean open) {
            get(
                            "/docs",
                            Scope.ADMIN,
                            (context, caller) ->
                                    HtmlPage.load(HttpHost.class, "docs.html").send(context))
                    .describe(RouteDoc.of("This document as a page").answersText("text/html"));
            get(
                            "/openapi.json",
                            Scope.ADMIN,
                            (context, caller) ->
                                    context.json(new OpenApi(service, open, routes, pages.keySet()).document()))
                    .describe(RouteDoc.of("This document").answers(JsonNode.class));
        }

        private Optional<KeyRing> keys() {
            Path file = settings.keysFile();
            if (!file.toString().isEmpty()) {
                if (!Files.exists(file)) {
                    throw new HostStartException("the key file is not there: " + keysSettingName() + "=" + file
                            + "; make one with ./siskin keys create, or leave the setting empty to be open on"
                            + " loopback");
                }
                return Optional.of(KeyRing.load(file));
            }
            if (!settings.isLoopback()) {
                throw new HostStartException("refusing to listen on " + settings.bind()
                        + " without keys: make one with ./siskin keys create and name the file in "
                        + keysSettingName() + ", or bind 127.0.0.1");
            }
            return Optional.empty();
        }

        private String keysSettingName() {
            return declared().keysFile().env();
        }

        /** The settings of this host, for their names. */
        private HttpSettings.Declared declared() {
            String prefix = service.endsWith("-service")
                    ? service.substring(0, service.length() - "-service".length())
                    : service;
            return HttpSettings.declare(prefix, 0);
        }

        private void configure(JavalinConfig config) {
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.startup.startupWatcherEnabled = false;
            config.concurrency.useVirtualThreads = true;
            config.http.prefer405over404 = true;
            config.http.compressionStrategy = io.javalin.compression.CompressionStrategy.NONE;
            config.router.ignoreTrailingSlashes = false;
            config.jsonMapper(new io.javalin.json.JavalinJackson(dev.siskin.api.Json.MAPPER, true));
            config.jetty.modifyHttpConfiguration(this::configureHttp);
            config.jetty.modifyServletContextHandler(Builder::configureServlets);
            config.jetty.modifyServer(this::configureServer);
        }

        private void configureHttp(HttpConfiguration http) {
            http.setRequestHeaderSize(settings.maxHeaderBytes());
            // the fields a connection sent before are kept for it in a table of 90 KB: as much as the heap has for 400
            http.setHeaderCacheSize(0);
            http.setSendServerVersion(false);
            http.setSendXPoweredBy(false);
            http.setUriCompliance(IDS_MAY_HOLD_SLASHES);
            http.setIdleTimeout(settings.idleTimeout().toMillis());
        }

        private static void configureServlets(ServletContextHandler servlets) {
            servlets.getServletHandler().setDecodeAmbiguousURIs(true);
        }

        private void configureServer(Server server) {
            server.setErrorHandler(new JettyProblems(
                    settings.maxHeaderBytes(), declared().maxHeaderBytes().env(), new ErrorShapes(routes)));
            server.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, server));
            // a stop refuses new requests and waits for the accepted ones to be answered in full
            server.setHandler(new GracefulHandler());
            server.setStopTimeout(settings.stopTimeout().toMillis());
        }

        private HostStartException explained(RuntimeException failed) {
            for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
                if (cause instanceof BindException) {
                    String where = settings.bind() + ":" + settings.port();
                    return new HostStartException(
                            "cannot listen on " + where + " (" + cause.getMessage()
                                    + "): stop what listens there or choose another port with "
                                    + declared().port().env(),
                            failed);
                }
            }
            return new HostStartException(service + " could not start: " + failed.getMessage(), failed);
        }
    }
}
