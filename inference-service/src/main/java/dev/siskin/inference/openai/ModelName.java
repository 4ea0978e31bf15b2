package dev.siskin.inference.openai;

import dev.siskin.api.CollectionSpec;
import dev.siskin.api.Tier;
import dev.siskin.http.Problem;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a chat names as its model: a collection, and the route that is wished for. */
record ModelName(String collection, Tier route) {
    private static final int SHOWN_CHARS = 80;
    private static final Pattern FORM =
            Pattern.compile("siskin/(" + CollectionSpec.NAME.pattern() + ")(?::(auto|extractive|small|large))?");

    /**
     * Reads {@code siskin/<collection>} or {@code siskin/<collection>:<route>}.
     *
     * @throws dev.siskin.http.ProblemException 400 where none is named, 404 where it is no such name
     */
    static ModelName parse(@Nullable String name) {
        if (name == null || name.isEmpty()) {
            throw Problem.badRequest("model is missing: siskin/<collection> or siskin/<collection>:<route>")
                    .about("model");
        }
        Matcher matcher = FORM.matcher(name);
        if (!matcher.matches()) {
            String shown = name.length() > SHOWN_CHARS ? name.substring(0, SHOWN_CHARS) + "…" : name;
            throw Problem.notFound("no model '" + shown + "': a model is siskin/<collection> or"
                            + " siskin/<collection>:<route> with route auto, extractive, small or large;"
                            + " GET /v1/models lists them")
                    .about("model");
        }
        @Nullable String route = matcher.group(2);
        return new ModelName(
                matcher.group(1), route == null ? Tier.AUTO : Tier.valueOf(route.toUpperCase(Locale.ROOT)));
    }

    /** The name; without a route where none is wished for. */
    @Override
    public String toString() {
        return "siskin/" + collection
                + (route == Tier.AUTO ? "" : ":" + route.name().toLowerCase(Locale.ROOT));
    }
}
