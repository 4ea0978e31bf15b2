package dev.siskin.http;

import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

/** What the host keeps with a request. */
public final class HttpHostContext {
    static final String REQUEST_ID = "siskin.request.id";

    private HttpHostContext() {}

    /** The id of this request, also in its response and in the log. */
    public static String requestId(Context context) {
        @Nullable String id = context.attribute(REQUEST_ID);
        return id == null ? "none" : id;
    }
}
