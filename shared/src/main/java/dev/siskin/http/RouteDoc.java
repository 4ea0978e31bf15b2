package dev.siskin.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What a route says of itself beyond method, path and scope; the OpenAPI document is made of it.
 *
 * @param summary one line for whoever calls the route
 * @param request record that the body, or each line of it, is read as
 * @param answers the answers that are no problem
 * @param failures statuses of problems beyond those that every route of its kind may answer with
 */
public record RouteDoc(
        String summary,
        Optional<Class<?>> request,
        List<QueryParameter> query,
        List<Answer> answers,
        SortedSet<Integer> failures) {
    /** A route nobody has described. */
    static final RouteDoc NONE = of("");

    public RouteDoc {
        query = List.copyOf(query);
        answers = List.copyOf(answers);
        failures = Collections.unmodifiableSortedSet(new TreeSet<>(failures));
    }

    /** A parameter after the question mark; all of them may be left out. */
    public record QueryParameter(String name, Class<?> type, String meaning) {}

    /** A status and what comes with it. */
    public record Answer(int status, Body body) {}

    /** What an answer carries. */
    public sealed interface Body {
        /** One JSON value. */
        record Json(Class<?> type) implements Body {}

        /** A JSON object with a member of this type for each name. */
        record JsonByName(Class<?> type) implements Body {}

        /** NDJSON, each line one of these. */
        record Lines(List<Class<?>> types) implements Body {}

        /** Text for people or for other programs. */
        record Text(String mediaType) implements Body {}

        /** Nothing. */
        record Empty() implements Body {}
    }

    /** Begins a description. */
    public static RouteDoc of(String summary) {
        return new RouteDoc(summary, Optional.empty(), List.of(), List.of(), Collections.emptySortedSet());
    }

    public RouteDoc reads(Class<?> type) {
        return new RouteDoc(summary, Optional.of(type), query, answers, failures);
    }

    /** @param type what the value is read as: {@code String}, {@code Integer} or {@code Boolean} */
    public RouteDoc query(String name, Class<?> type, String meaning) {
        return new RouteDoc(summary, request, with(query, new QueryParameter(name, type, meaning)), answers, failures);
    }

    /** Status 200 with this record. */
    public RouteDoc answers(Class<?> type) {
        return answers(200, type);
    }

    public RouteDoc answers(int status, Class<?> type) {
        return answers(status, new Body.Json(type));
    }

    /** Status 200 with a value of this type for each name. */
    public RouteDoc answersByName(Class<?> type) {
        return answers(200, new Body.JsonByName(type));
    }

    /** Status 200 with NDJSON, each line one of these. */
    public RouteDoc answersLines(Class<?>... types) {
        return answers(200, new Body.Lines(List.of(types)));
    }

    /** Status 200 with text of this media type. */
    public RouteDoc answersText(String mediaType) {
        return answers(200, new Body.Text(mediaType));
    }

    /** Status 204. */
    public RouteDoc answersNothing() {
        return answers(204, new Body.Empty());
    }

    /** Problems of these statuses, beside those that every route of its kind may answer with. */
    public RouteDoc fails(int... statuses) {
        var all = new TreeSet<>(failures);
        IntStream.of(statuses).forEach(all::add);
        return new RouteDoc(summary, request, query, answers, all);
    }

    private RouteDoc answers(int status, Body body) {
        return new RouteDoc(summary, request, query, with(answers, new Answer(status, body)), failures);
    }

    private static <T> List<T> with(List<T> list, T added) {
        var longer = new ArrayList<>(list);
        longer.add(added);
        return longer;
    }
}
