package dev.siskin.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.PermissionDeniedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.models.Model;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import dev.siskin.api.Hit;
import dev.siskin.settings.Settings;
import java.io.File;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OpenAI's own Java and Node clients and LangChain4j's, unchanged, against the whole service. */
final class OpenAiClientsTest {
    private static final String BOUND = "The queue is bounded by max_queue_depth, which is 64 by default.";
    private static final String FULL = "A full queue answers 503.";
    private static final String ANSWER = BOUND + " [1] " + FULL + " [2]";
    private static final Hit HIT = Hits.hit(
            "docs/guide.md",
            100,
            0.82,
            "Requests wait in one queue. " + BOUND + " " + FULL,
            Map.of(BOUND, 0.8, FULL, 0.7));
    private static final String QUESTION = "How is the queue bounded?";

    private RetrievalStandIn retrieval;
    private InferenceService inference;
    private OpenAIClient openAi;

    @BeforeEach
    void start() {
        retrieval = new RetrievalStandIn("");
        retrieval.put("default", "docs", 42, HIT);
        inference = InferenceService.start(
                Settings.of(Map.of(
                        "inference.http.port", "0",
                        "inference.retrieval.url", "http://127.0.0.1:" + retrieval.port(),
                        "inference.cache.generation.poll", "1h")),
                System::nanoTime);
        openAi = OpenAIOkHttpClient.builder()
                .baseUrl(inference.address() + "/v1")
                .apiKey("none")
                .maxRetries(0)
                .build();
    }

    @AfterEach
    void stop() {
        openAi.close();
        inference.close();
        retrieval.close();
    }

    private static ChatCompletionCreateParams.Builder params(String model) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .addSystemMessage("Be brief.")
                .addUserMessage(QUESTION);
    }

    @Test
    void openAi_completion_isRead() {
        ChatCompletion completion =
                openAi.chat().completions().create(params("siskin/docs").build());

        completion.validate();
        ChatCompletion.Choice choice = completion.choices().getFirst();
        assertThat(choice.message().content()).contains(ANSWER);
        assertThat(choice.message().refusal()).isEmpty();
        assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
        assertThat(completion.usage())
                .hasValueSatisfying(usage -> assertThat(usage.totalTokens())
                        .isEqualTo(usage.promptTokens() + usage.completionTokens())
                        .isPositive());
        assertThat(document(completion._allProperties())).isEqualTo("docs/guide.md");
    }

    /** What {@code siskin.citations[0].document_id} says. */
    private static String document(Map<String, JsonValue> properties) {
        JsonValue siskin = properties.get("siskin");
        assertThat(siskin).isNotNull();
        JsonNode details = siskin.convert(JsonNode.class);
        assertThat(details).isNotNull();
        return details.at("/citations/0/document_id").asText();
    }

    @Test
    void openAi_stream_addsUpToTheCompletion() {
        var parameters = params("siskin/docs:extractive")
                .streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build();
        var whole = ChatCompletionAccumulator.create();
        List<ChatCompletionChunk> chunks;
        try (StreamResponse<ChatCompletionChunk> stream =
                openAi.chat().completions().createStreaming(parameters)) {
            chunks = stream.stream().peek(whole::accumulate).toList();
        }

        chunks.forEach(ChatCompletionChunk::validate);
        ChatCompletion completion = whole.chatCompletion();
        assertThat(completion.choices().getFirst().message().content()).contains(ANSWER);
        assertThat(completion.choices().getFirst().finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
        assertThat(completion.usage()).isPresent();
        assertThat(completion.model()).isEqualTo("siskin/docs:extractive");
        ChatCompletionChunk last = chunks.stream()
                .filter(chunk -> !chunk.choices().isEmpty())
                .toList()
                .getLast();
        assertThat(document(last._allProperties())).isEqualTo("docs/guide.md");
    }

    @Test
    void openAi_models_areListedAndFound() {
        List<String> ids = openAi.models().list().data().stream().map(Model::id).toList();

        assertThat(ids).containsExactly("siskin/docs", "siskin/docs:extractive");
        for (String id : ids) {
            assertThat(openAi.models().retrieve(id).validate().id()).isEqualTo(id);
        }
    }

    @Test
    void openAi_errors_areItsOwnExceptions() {
        NotFoundException nowhere = catchThrowableOfType(
                NotFoundException.class,
                () -> openAi.chat()
                        .completions()
                        .create(params("siskin/nowhere").build()));
        BadRequestException two = catchThrowableOfType(
                BadRequestException.class,
                () -> openAi.chat()
                        .completions()
                        .create(params("siskin/docs").n(2).build()));
        NotFoundException streamed = catchThrowableOfType(
                NotFoundException.class,
                () -> openAi.chat()
                        .completions()
                        .createStreaming(params("siskin/nowhere").build()));
        retrieval.close();
        InternalServerException down = catchThrowableOfType(
                InternalServerException.class,
                () -> openAi.chat().completions().create(params("siskin/docs").build()));

        assertThat(nowhere.param()).contains("model");
        assertThat(streamed.param()).contains("model");
        assertThat(two.param()).contains("n");
        assertThat(two.getMessage()).contains("n must be 1");
        assertThat(down.statusCode()).isEqualTo(503);
        assertThat(down.type()).contains("server_error");
    }

    @Test
    void openAi_refusedBeforeItsRoute_isItsOwnExceptionToo() {
        PermissionDeniedException foreign = catchThrowableOfType(
                PermissionDeniedException.class,
                () -> withHeader("Origin", "http://elsewhere.example").models().list());
        OpenAIServiceException tooLarge = catchThrowableOfType(
                OpenAIServiceException.class,
                () -> withHeader("X-Large", "x".repeat(40_000))
                        .chat()
                        .completions()
                        .create(params("siskin/docs").build()));

        assertThat(foreign.getMessage()).contains("other origins");
        assertThat(tooLarge.statusCode()).isEqualTo(431);
        assertThat(tooLarge.code()).contains("too-large");
        assertThat(tooLarge.type()).contains("invalid_request_error");
    }

    private OpenAIClient withHeader(String name, String value) {
        return openAi.withOptions(options -> options.putHeader(name, value));
    }

    private OpenAiChatModel langChain(String model) {
        return OpenAiChatModel.builder()
                .baseUrl(inference.address() + "/v1")
                .apiKey("none")
                .modelName(model)
                .maxRetries(0)
                .build();
    }

    @Test
    void langChain4j_completion_isRead() {
        ChatResponse response = langChain("siskin/docs")
                .chat(
                        SystemMessage.from("Be brief."),
                        UserMessage.from("What is the queue?"),
                        AiMessage.from("A place to wait."),
                        UserMessage.from("How is it bounded?"));

        assertThat(response.aiMessage().text()).isEqualTo(ANSWER);
        assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(response.tokenUsage().totalTokenCount()).isPositive();
        assertThat(retrieval.lastSearch)
                .isNotNull()
                .satisfies(search -> assertThat(search.query()).isEqualTo("What is the queue? How is it bounded?"));
    }

    @Test
    void langChain4j_stream_addsUpToTheCompletion() throws Exception {
        var heard = new StreamedChat();
        langChainStream("siskin/docs").chat(QUESTION, heard);

        ChatResponse response = heard.response();
        assertThat(response.aiMessage().text()).isEqualTo(ANSWER);
        assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(response.tokenUsage().totalTokenCount()).isPositive();
        assertThat(heard.parts()).containsExactly(BOUND + " [1]", " " + FULL + " [2]");
    }

    private OpenAiStreamingChatModel langChainStream(String model) {
        return OpenAiStreamingChatModel.builder()
                .baseUrl(inference.address() + "/v1")
                .apiKey("none")
                .modelName(model)
                .build();
    }

    @Test
    void langChain4j_errors_areItsOwnExceptions() throws Exception {
        ModelNotFoundException nowhere = catchThrowableOfType(
                ModelNotFoundException.class, () -> langChain("siskin/nowhere").chat(QUESTION));
        var heard = new StreamedChat();
        langChainStream("siskin/nowhere").chat(QUESTION, heard);

        assertThat(nowhere).hasMessageContaining("nowhere");
        assertThat(heard.error()).isInstanceOf(ModelNotFoundException.class);
    }

    /** What {@code openai-node-check.mjs} asks: models, an answer, a streamed one, errors. */
    @Test
    void node_allThatItIsAsked_isWell(@TempDir Path folder) throws Exception {
        String installed = System.getenv().getOrDefault("OPENAI_NODE_PACKAGE", "");
        assumeFalse(
                installed.isEmpty(), "OPENAI_NODE_PACKAGE names no folder with OpenAI's Node client in node_modules");
        assumeTrue(onThePath("node"), "node is not on the PATH");
        Files.createSymbolicLink(
                folder.resolve("node_modules"),
                Path.of(installed).resolve("node_modules").toAbsolutePath());
        Path script = folder.resolve("check.mjs");
        try (InputStream resource =
                Objects.requireNonNull(getClass().getResourceAsStream("openai-node-check.mjs"), "the script")) {
            Files.copy(resource, script);
        }

        Process node = new ProcessBuilder("node", script.toString(), inference.address() + "/v1", "docs", QUESTION)
                .redirectErrorStream(true)
                .start();
        String said = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(node.waitFor()).as(said).isZero();
        assertThat(said).contains(ANSWER, "broken off");
    }

    private static boolean onThePath(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
