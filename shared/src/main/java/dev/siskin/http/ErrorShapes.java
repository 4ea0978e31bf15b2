package dev.siskin.http;

import java.util.List;

/**
 * What errors look like by the path that was asked: some are found before the route is, or where the path has none for
 * the method.
 */
final class ErrorShapes {
    private final List<String> openAi;

    ErrorShapes(List<HttpHost.Route> routes) {
        this.openAi = routes.stream()
                .filter(route -> route.errors() == ErrorShape.OPENAI)
                .map(HttpHost.Route::path)
                .toList();
    }

    /** @param path as it was sent, without the query */
    ErrorShape of(String path) {
        return openAi.stream().anyMatch(route -> matches(route, path)) ? ErrorShape.OPENAI : ErrorShape.PROBLEM;
    }

    /** A route with a parameter counts as all that begins as it does: what is wrong may be the parameter. */
    private static boolean matches(String route, String path) {
        int parameter = route.indexOf('<');
        return parameter < 0 ? route.equals(path) : path.startsWith(route.substring(0, parameter));
    }
}
