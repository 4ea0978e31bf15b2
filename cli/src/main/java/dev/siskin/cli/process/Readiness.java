package dev.siskin.cli.process;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;

/** What {@code /readyz} of a service says. */
public sealed interface Readiness {
    /** How long one look may take. */
    int TIMEOUT_MS = 2_000;

    /**
     * It answers requests.
     *
     * @param limitation what is not as usual; empty where all is
     */
    record Ready(String limitation) implements Readiness {}

    /** It is up and says why it cannot answer yet. */
    record NotReady(String reason) implements Readiness {}

    /** Nothing answers at the address. */
    record Silent() implements Readiness {}

    /** Asks once. Uses the JDK's light client: this runs many times while services start. */
    static Readiness of(URI service) {
        try {
            URLConnection connection = service.resolve("/readyz").toURL().openConnection();
            connection.setConnectTimeout(TIMEOUT_MS);
            connection.setReadTimeout(TIMEOUT_MS);
            if (!(connection instanceof HttpURLConnection http)) {
                return new Silent();
            }
            int status = http.getResponseCode();
            if (status == HttpURLConnection.HTTP_OK) {
                try (InputStream body = http.getInputStream()) {
                    return new Ready(Json.MAPPER
                            .readTree(body.readAllBytes())
                            .path("limitation")
                            .asText());
                }
            }
            return new NotReady(reason(http, status));
        } catch (IOException nobody) {
            return new Silent();
        }
    }

    private static String reason(HttpURLConnection http, int status) throws IOException {
        try (InputStream body = http.getErrorStream()) {
            if (body != null) {
                JsonNode detail = Json.MAPPER.readTree(body.readAllBytes()).path("detail");
                if (detail.isTextual()) {
                    return detail.textValue();
                }
            }
        }
        return "HTTP " + status;
    }

    /** In one or a few words. */
    default String describe() {
        return switch (this) {
            case Ready(String limitation) -> limitation.isEmpty() ? "ready" : "ready, " + limitation;
            case NotReady(String reason) -> "not ready: " + reason;
            case Silent() -> "no answer";
        };
    }
}
