package dev.siskin.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.siskin.api.Json;
import dev.siskin.auth.Scope;
import io.javalin.http.HandlerType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The OpenAPI 3.1 document of a service, made from the routes that are registered and from their descriptions.
 * Nothing of it is kept: it is built for each request, which are few.
 *
 * @see <a href="https://spec.openapis.org/oas/v3.1.1.html">OpenAPI Specification 3.1.1</a>
 */
final class OpenApi {
    /** A parameter of a path: one segment in braces, or, in angle brackets, one that may hold slashes. */
    private static final Pattern PATH_PARAMETER = Pattern.compile("\\{(\\w+)}|<(\\w+)>");

    private static final String SECURITY = "bearer";
    private static final String JSON = ContentKind.JSON.mediaType();
    private static final String PROBLEM = "#/components/responses/Problem";
    private static final String OPENAI_ERROR = "#/components/responses/OpenAiError";

    private final String service;
    private final boolean open;
    private final List<HttpHost.Route> routes;
    private final Set<String> pages;

    /**
     * @param open whether the service asks for no keys
     * @param routes all that pass the gate
     * @param pages paths of the pages that need no key
     */
    OpenApi(String service, boolean open, List<HttpHost.Route> routes, Set<String> pages) {
        this.service = service;
        this.open = open;
        this.routes = List.copyOf(routes);
        this.pages = new LinkedHashSet<>(pages);
    }

    /** The path as OpenAPI writes it. */
    static String template(String path) {
        return PATH_PARAMETER.matcher(path).replaceAll("{$1$2}");
    }

    /**
     * The whole document, made anew.
     *
     * @throws IllegalStateException where a route is described with a type that has no JSON schema
     */
    ObjectNode document() {
        ObjectNode document = object().put("openapi", "3.1.0");
        document.putObject("info").put("title", "Siskin " + service).put("version", "1");
        ObjectNode paths = document.putObject("paths");
        var schemas = new JsonSchemas();
        routes.forEach(route ->
                paths.withObject(pointer(template(route.path()))).set(verb(route.method()), operation(route, schemas)));
        alwaysThere(paths, schemas);

        ObjectNode components = document.putObject("components");
        components
                .putObject("securitySchemes")
                .putObject(SECURITY)
                .put("type", "http")
                .put("scheme", "bearer")
                .put("description", "A key made by ./siskin keys create; the scope it needs stands with each route.");
        ObjectNode problem = components.putObject("responses").putObject("Problem");
        problem.put("description", "An error (RFC 9457): type is for programs, detail says what to do about it.");
        problem.withObject("/content").putObject(ProblemWriter.MEDIA_TYPE).set("schema", schemas.of(Problem.class));
        if (routes.stream().anyMatch(route -> route.errors() == ErrorShape.OPENAI)) {
            ObjectNode error = components.withObject("/responses").putObject("OpenAiError");
            error.put(
                    "description",
                    "An error in OpenAI's shape: code is for programs, message says what to do about it.");
            content(error, JSON, schemas.of(OpenAiError.class));
        }
        components.putObject("schemas").setAll(schemas.components());
        return document;
    }

    /** What the gate and the pages answer, beside the routes. */
    private void alwaysThere(ObjectNode paths, JsonSchemas schemas) {
        RouteDoc alive = RouteDoc.of("Whether the process runs").answersByName(String.class);
        RouteDoc ready = RouteDoc.of("Whether the service can answer; 503 with the reason while it cannot")
                .answersByName(String.class);
        RouteDoc metrics = RouteDoc.of("Metrics for Prometheus").answersText("text/plain");
        RouteDoc page = RouteDoc.of("A page for browsers; it holds no data").answersText("text/html");
        var plain = new ArrayList<Map.Entry<String, ObjectNode>>();
        plain.add(Map.entry("/livez", described(alive, Optional.empty(), ErrorShape.PROBLEM, schemas)));
        plain.add(Map.entry("/readyz", described(ready.fails(503), Optional.empty(), ErrorShape.PROBLEM, schemas)));
        plain.add(Map.entry("/metrics", described(metrics, Optional.of(Scope.ADMIN), ErrorShape.PROBLEM, schemas)));
        pages.forEach(
                path -> plain.add(Map.entry(path, described(page, Optional.empty(), ErrorShape.PROBLEM, schemas))));
        plain.forEach(entry -> paths.putObject(entry.getKey()).set("get", entry.getValue()));
    }

    private ObjectNode operation(HttpHost.Route route, JsonSchemas schemas) {
        int[] ofBodies = route.content().isPresent() ? new int[] {413, 415} : new int[0];
        ObjectNode operation =
                described(route.doc().fails(503).fails(ofBodies), Optional.of(route.scope()), route.errors(), schemas);
        parametersOf(route, schemas)
                .forEach(parameter -> operation.withArray("parameters").add(parameter));
        route.content().ifPresent(content -> {
            ObjectNode body = operation.putObject("requestBody");
            body.put("description", description(content, route.bodyCapBytes()));
            ObjectNode schema = route.doc().request().map(schemas::of).orElseGet(OpenApi::object);
            body.putObject("content").putObject(content.mediaType()).set("schema", schema);
        });
        return operation;
    }

    private static String description(ContentKind content, long capBytes) {
        String most = String.format(Locale.ROOT, "At most %,d bytes.", capBytes);
        return content == ContentKind.NDJSON ? most + " One JSON object on each line." : most;
    }

    private List<ObjectNode> parametersOf(HttpHost.Route route, JsonSchemas schemas) {
        var parameters = new ArrayList<ObjectNode>();
        Matcher inPath = PATH_PARAMETER.matcher(route.path());
        while (inPath.find()) {
            boolean slashes = inPath.group(1) == null;
            ObjectNode parameter = parameter("path", slashes ? inPath.group(2) : inPath.group(1), true);
            if (slashes) {
                parameter.put("description", "May hold slashes, plain or encoded.");
            }
            parameters.add(parameter.set("schema", schemas.of(String.class)));
        }
        for (RouteDoc.QueryParameter query : route.doc().query()) {
            ObjectNode parameter = parameter("query", query.name(), false).put("description", query.meaning());
            parameters.add(parameter.set("schema", schemas.of(query.type())));
        }
        return parameters;
    }

    private static ObjectNode parameter(String in, String name, boolean required) {
        return object().put("name", name).put("in", in).put("required", required);
    }

    /** With what Host, Origin, key and rate may be refused with. */
    private ObjectNode described(RouteDoc doc, Optional<Scope> scope, ErrorShape errors, JsonSchemas schemas) {
        ObjectNode operation = object().put("summary", doc.summary());
        var security = operation.putArray("security");
        scope.ifPresent(needed -> security.addObject().putArray(SECURITY).add(needed.wireName()));
        if (open && scope.isPresent()) {
            security.addObject();
        }
        ObjectNode responses = operation.putObject("responses");
        doc.answers().forEach(answer -> answer(responses, answer, schemas));
        String problem = errors == ErrorShape.OPENAI ? OPENAI_ERROR : PROBLEM;
        RouteDoc guarded = scope.isPresent() ? doc.fails(400, 401, 403, 429) : doc.fails(400, 403);
        guarded.failures()
                .forEach(status -> responses.putObject(status.toString()).put("$ref", problem));
        responses.putObject("default").put("$ref", problem);
        return operation;
    }

    private static void answer(ObjectNode responses, RouteDoc.Answer answer, JsonSchemas schemas) {
        ObjectNode response = responses.withObject("/" + answer.status());
        switch (answer.body()) {
            case RouteDoc.Body.Json(Class<?> type) -> content(response, JSON, schemas.of(type));
            case RouteDoc.Body.JsonByName(Class<?> type) -> content(response, JSON, schemas.byName(type));
            case RouteDoc.Body.Lines(List<Class<?>> types) ->
                content(response, ContentKind.NDJSON.mediaType(), schemas.anyOf(types));
            case RouteDoc.Body.Text(String mediaType) -> content(response, mediaType, schemas.of(String.class));
            case RouteDoc.Body.Empty() -> response.put("description", "Done; no content.");
        }
    }

    private static void content(ObjectNode response, String mediaType, ObjectNode schema) {
        if (!response.has("description")) {
            response.put("description", "Answered.");
        }
        response.withObject("/content").putObject(mediaType).set("schema", schema);
    }

    private static String verb(HandlerType method) {
        return method.name().toLowerCase(Locale.ROOT);
    }

    /** RFC 6901: a path as one step of a JSON pointer. */
    private static String pointer(String path) {
        return "/" + path.replace("~", "~0").replace("/", "~1");
    }

    private static ObjectNode object() {
        return Json.MAPPER.createObjectNode();
    }
}
