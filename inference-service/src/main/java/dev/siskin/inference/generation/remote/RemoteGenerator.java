package dev.siskin.inference.generation.remote;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.api.Json;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.CancelledException;
import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.Generator;
import dev.siskin.inference.generation.ModelFailedException;
import dev.siskin.inference.generation.Prompt;
import dev.siskin.inference.generation.RagPrompt;
import dev.siskin.inference.generation.Selection;
import dev.siskin.inference.shaping.GenerationParameters;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers by an endpoint that speaks OpenAI's chat completions, streamed: a sentence is given as soon as it is complete.
 * Waits, and holds little; a thread is needed for each answer under way. Redirects are not followed. The key stands in
 * one request header and nowhere else. Thread-safe.
 */
public final class RemoteGenerator implements Generator {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteGenerator.class);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);

    private final RemoteSettings settings;
    private final URI completions;
    private final HttpClient http;
    private final EndpointCircuit circuit;
    private final RagPrompt prompts = new RagPrompt();
    private volatile String warned = "";

    /** @param ticker for the time that an endpoint out of order is left alone */
    public RemoteGenerator(RemoteSettings settings, Ticker ticker) {
        this.settings = settings;
        String base = settings.url().toString().replaceAll("/+$", "");
        this.completions = URI.create(base + "/chat/completions");
        this.circuit = new EndpointCircuit(settings.toString(), ticker);
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT_TIMEOUT)
                .build();
    }

    @JsonInclude(JsonInclude.Include.NON_NULL) // some endpoints refuse fields they do not know
    private record Body(
            String model,
            List<Message> messages,
            int maxTokens,
            double temperature,
            @Nullable Long seed,
            @Nullable List<String> stop,
            boolean stream,
            StreamOptions streamOptions) {}

    private record Message(String role, String content) {}

    private record StreamOptions(boolean includeUsage) {}

    @Override
    public String model() {
        return settings.model() + "/" + RagPrompt.VERSION;
    }

    @Override
    public boolean isElsewhere() {
        return true;
    }

    /** Where there are no passages nobody is asked. */
    @Override
    public Generated generate(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation) {
        cancellation.check();
        if (prompt.passages().isEmpty()) {
            return Generated.of(Optional.of(Selection.Reason.NO_HITS));
        }
        try {
            Generated generated = circuit.run(() -> call(prompt, drafts, cancellation));
            warned = "";
            return generated;
        } catch (RemoteFailure failure) {
            log(failure);
            throw new ModelFailedException("its endpoint " + failure.getMessage(), failure);
        }
    }

    /** Where clients are told no more than the kind of failure. The same again is not logged until there was an answer. */
    private void log(RemoteFailure failure) {
        boolean told = failure.words().isEmpty();
        if (told && failure.fault() == RemoteFailure.Fault.REQUEST) {
            return;
        }
        String line = settings + " " + failure.getMessage() + (told ? "" : ": " + failure.words());
        if (!line.equals(warned)) {
            warned = line;
            LOG.warn("{}", line);
        }
    }

    private Generated call(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation) throws RemoteFailure {
        boolean clientsTime = prompt.deadline().compareTo(settings.timeout()) < 0;
        Patience patience =
                new Patience(clientsTime ? prompt.deadline() : settings.timeout(), clientsTime, settings.idleTimeout());
        try (var stream = new CompletionStream(http, settings.key(), patience)) {
            cancellation.onCancel(stream::close);
            stream.open(request(prompt));
            return new Answer(prompt, drafts).read(stream);
        } catch (RemoteFailure failure) {
            cancellation.check();
            throw failure;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CancelledException();
        }
    }

    private HttpRequest request(Prompt prompt) {
        GenerationParameters parameters = prompt.parameters();
        RagPrompt.Messages messages = prompts.of(prompt.question(), prompt.passages());
        var body = new Body(
                settings.model(),
                List.of(new Message("system", messages.system()), new Message("user", messages.user())),
                parameters.maxTokens(),
                parameters.temperature(),
                parameters.seed().isPresent() ? parameters.seed().getAsLong() : null,
                parameters.stop().isEmpty() ? null : parameters.stop(),
                true,
                new StreamOptions(true));
        var request = HttpRequest.newBuilder(completions)
                .header("Content-Type", "application/json")
                .header("Accept", "text/event-stream")
                .POST(BodyPublishers.ofByteArray(written(body)));
        if (!settings.key().isEmpty()) {
            request.header("Authorization", "Bearer " + settings.key());
        }
        return request.build();
    }

    private static byte[] written(Body body) {
        try {
            return Json.MAPPER.writeValueAsBytes(body);
        } catch (JsonProcessingException unwritable) {
            throw new IllegalStateException("a prompt is always writable as JSON", unwritable);
        }
    }

    /** Closes the connections. */
    @Override
    public void close() {
        http.shutdownNow();
    }
}
