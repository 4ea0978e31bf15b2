package dev.siskin.inference.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.SseException;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.siskin.api.SearchResponse;
import dev.siskin.auth.Caller;
import dev.siskin.auth.Scope;
import dev.siskin.http.ContentKind;
import dev.siskin.http.HttpHost;
import dev.siskin.http.HttpSettings;
import dev.siskin.http.Problem;
import dev.siskin.inference.StreamedChat;
import dev.siskin.inference.citing.CitedSentence;
import dev.siskin.inference.gateway.EventStream;
import dev.siskin.settings.Settings;
import io.javalin.http.Context;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A stream that goes silent and then fails after its first sentence, as OpenAI's clients see it. */
final class ChunkWriterTest {
    private static final String SENTENCE = "The queue is bounded. [1]";

    private final HttpHost host = HttpHost.named(
                    "inference-service", HttpSettings.declare("inference", 0).read(Settings.of(Map.of())))
            .post("/v1/chat/completions", Scope.QUERY, 1 << 20, ContentKind.JSON, this::breakOff)
            .start();

    private volatile RuntimeException failure = Problem.unavailable("the model is gone", 2);

    @AfterEach
    void close() {
        host.close();
    }

    private void breakOff(Context context, Caller caller) throws IOException {
        var events = new EventStream(context);
        var writer = new ChunkWriter(new ChatAnswer("chatcmpl-1", 1, "siskin/docs", 256), true);
        writer.found(events, new SearchResponse(List.of(), 1, null, null, new SearchResponse.Timings(0, 0, 0)));
        events.sendNothing();
        writer.sentence(events, new CitedSentence(SENTENCE, List.of()));
        events.sendNothing();
        writer.failed(events, failure);
    }

    private String base() {
        return host.address() + "/v1";
    }

    @Test
    void failure_isTheLastEventInOpenAisShape() throws Exception {
        assertThat(stream())
                .endsWith("event: error\ndata: {\"error\":{\"message\":\"the model is gone\",\"type\":\"server_error\","
                        + "\"param\":null,\"code\":\"unavailable\"}}\n\n");
    }

    @Test
    void failure_ofOurOwn_tellsNothingOfItself() throws Exception {
        failure = new IllegalStateException("a secret");

        assertThat(stream()).contains("\"code\":\"internal\"").doesNotContain("secret", "[DONE]");
    }

    private String stream() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base() + "/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    @Test
    void openAi_throwsAfterTheSentence() {
        OpenAIClient client = OpenAIOkHttpClient.builder()
                .baseUrl(base())
                .apiKey("none")
                .maxRetries(0)
                .build();
        var parameters = ChatCompletionCreateParams.builder()
                .model("siskin/docs")
                .addUserMessage("How is the queue bounded?")
                .build();
        var said = new ArrayList<String>();
        SseException error = catchThrowableOfType(SseException.class, () -> {
            try (StreamResponse<ChatCompletionChunk> stream =
                    client.chat().completions().createStreaming(parameters)) {
                stream.stream()
                        .forEach(chunk -> chunk.choices()
                                .forEach(choice -> choice.delta().content().ifPresent(said::add)));
            }
        });
        client.close();

        assertThat(String.join("", said)).isEqualTo(SENTENCE);
        assertThat(error).isNotNull();
        assertThat(error.body().toString()).contains("the model is gone");
    }

    @Test
    void langChain4j_reportsTheErrorAfterTheSentence() throws Exception {
        var heard = new StreamedChat();
        OpenAiStreamingChatModel.builder()
                .baseUrl(base())
                .apiKey("none")
                .modelName("siskin/docs")
                .build()
                .chat("How is the queue bounded?", heard);

        assertThat(heard.error()).hasMessageContaining("the model is gone");
        assertThat(heard.parts()).containsExactly(SENTENCE);
    }
}
