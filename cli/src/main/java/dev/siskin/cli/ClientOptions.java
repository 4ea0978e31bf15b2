package dev.siskin.cli;

import dev.siskin.cli.process.Service;
import dev.siskin.cli.process.ServiceProcess;
import dev.siskin.http.ServiceClient;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How a command reaches a service: the address of the option, else of the environment, else where the service of
 * the data folder runs, else where it would by its settings.
 */
final class ClientOptions {
    private static final String INFERENCE_ENV = "SISKIN_URL";
    static final String RETRIEVAL_ENV = "SISKIN_RETRIEVAL_URL";
    static final String KEY_ENV = ServiceClient.KEY.env();

    private static final Pattern ADDRESS =
            Pattern.compile("https?://(?:[\\w.-]+|\\[[0-9a-fA-F:.]+])(?::(\\d{1,5}))?/?");
    private static final int MAX_PORT = 65_535;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "API key; default: SISKIN_KEY, which other users of this machine cannot see.")
    @Nullable
    String key;

    @Mixin
    DataOption data = new DataOption();

    /** The address of the inference service. */
    static final class Inference {
        @Option(
                names = "--url",
                paramLabel = "URL",
                description = "Address of inference-service; default: SISKIN_URL, else where it runs here.")
        @Nullable
        URI url;

        @Mixin
        ClientOptions client = new ClientOptions();

        ServiceClient connect(Invocation invocation) {
            return client.connect(invocation, Service.INFERENCE, url, INFERENCE_ENV);
        }
    }

    /** The address of the retrieval service. */
    static final class Retrieval {
        @Option(
                names = "--retrieval-url",
                paramLabel = "URL",
                description = "Address of retrieval-service; default: SISKIN_RETRIEVAL_URL, else where it runs here.")
        @Nullable
        URI url;

        @Mixin
        ClientOptions client = new ClientOptions();

        URI address(Invocation invocation) {
            return client.address(invocation, Service.RETRIEVAL, url, RETRIEVAL_ENV);
        }

        ServiceClient connect(Invocation invocation) {
            return client.connect(invocation, Service.RETRIEVAL, url, RETRIEVAL_ENV);
        }
    }

    Optional<String> key(Invocation invocation) {
        return Optional.ofNullable(key)
                .or(() -> Optional.of(invocation.settings().get(ServiceClient.KEY)))
                .filter(value -> !value.isBlank());
    }

    private ServiceClient connect(Invocation invocation, Service service, @Nullable URI option, String variable) {
        return ServiceClient.to(address(invocation, service, option, variable)).withKey(key(invocation));
    }

    private URI address(Invocation invocation, Service service, @Nullable URI option, String variable) {
        String named = invocation.environment().getOrDefault(variable, "");
        if (option != null || !named.isEmpty()) {
            return requireAddress(option != null ? option.toString() : named, variable);
        }
        return ServiceProcess.find(data.folder(invocation), service)
                .map(ServiceProcess::url)
                .orElseGet(() -> service.address(invocation.settings(), service.port(invocation.settings())));
    }

    private static URI requireAddress(String text, String variable) {
        Matcher parts = ADDRESS.matcher(text);
        if (parts.matches() && (parts.group(1) == null || Integer.parseInt(parts.group(1)) <= MAX_PORT)) {
            return URI.create(text);
        }
        throw new CommandFailure(
                "not an address such as http://127.0.0.1:7300: " + text + "; correct the option or " + variable);
    }
}
