package dev.siskin.bench;

import dev.siskin.http.ServiceClient;
import java.net.URI;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where the services under measurement are. */
final class Services {
    @Option(
            names = "--url",
            defaultValue = "http://127.0.0.1:7300",
            description = "inference-service (default: ${DEFAULT-VALUE})")
    private URI inference = URI.create("http://127.0.0.1:7300");

    @Option(
            names = "--retrieval-url",
            defaultValue = "http://127.0.0.1:7301",
            description = "retrieval-service (default: ${DEFAULT-VALUE})")
    private URI retrieval = URI.create("http://127.0.0.1:7301");

    ServiceClient inference() {
        return ServiceClient.to(inference).withKey(key());
    }

    ServiceClient retrieval() {
        return ServiceClient.to(retrieval).withKey(key());
    }

    private static Optional<String> key() {
        return Optional.ofNullable(System.getenv("SISKIN_KEY"));
    }
}
