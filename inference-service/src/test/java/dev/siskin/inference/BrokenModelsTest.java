package dev.siskin.inference;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/**
 * Folders that cannot be used as a tier's model: the service comes up, says in one line of its log which file is wrong and
 * how, and goes down the ladder.
 */
@Timeout(120)
final class BrokenModelsTest {
    private static final Path OWN = Path.of("models/siskin-mini");
    private static final String SENTENCE = "The queue holds 64 requests.";

    private final HttpClient http = HttpClient.newHttpClient();
    private final RetrievalStandIn retrieval = new RetrievalStandIn("");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @TempDir
    private Path data;

    private Path folder;

    @BeforeEach
    void copy() throws IOException {
        log.start();
        root().addAppender(log);
        retrieval.put("default", "docs", 42, Hits.hit("guide.md", 0, 0.9, SENTENCE, Map.of(SENTENCE, 0.9)));
        folder = data.resolve("models/broken");
        try (Stream<Path> all = Files.walk(OWN)) {
            all.filter(Files::isRegularFile).forEach(file -> copy(file, folder.resolve(OWN.relativize(file))));
        }
    }

    @AfterEach
    void stop() {
        root().detachAppender(log);
        http.shutdownNow();
        retrieval.close();
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    private static void copy(Path from, Path to) {
        try {
            Files.createDirectories(to.resolveSibling(""));
            Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
    }

    /** Does to the file what is wrong with it. */
    private void damage(Path file, String how, String with) throws IOException {
        switch (how) {
            case "remove" -> Files.delete(file);
            case "halve" -> {
                byte[] whole = Files.readAllBytes(file);
                Files.write(file, Arrays.copyOf(whole, whole.length / 2));
            }
            case "write" -> Files.writeString(file, with);
            case "rename" -> { // letters of a name in a binary file
                String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
                String[] names = with.split(">", -1);
                assertThat(bytes).contains(names[0]);
                Files.writeString(file, bytes.replace(names[0], names[1]), StandardCharsets.ISO_8859_1);
            }
            case "replace" -> copy(Path.of(with), file);
            default -> throw new IllegalArgumentException(how);
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "config.json|remove||has neither config.json nor genai_config.json",
                "config.json|halve||config.json: malformed JSON",
                "config.json|write|[]|config.json is no configuration",
                "generation_config.json|write|{\"top_p\":7}|generation_config.json: topP must be above 0 and at most 1: 7",
                "generation_config.json|write|{\"eos_token_id\":\"</s>\"}|generation_config.json: eos_token_id must be a token id",
                "tokenizer.json|remove||tokenizer.json cannot be read",
                "tokenizer.json|halve||tokenizer.json is not a tokenizer",
                "tokenizer.json|write|{}|tokenizer.json is not a tokenizer",
                "tokenizer.json|replace|src/test/resources/decoder/llama-optimum/tokenizer.json|tokenizer.json is another model's: it ends before id",
                "chat_template.jinja|write|{% if %}|chat_template.jinja",
                "siskin.json|write|{\"prompt\":\"none\"}|siskin.json: prompt must be",
                "onnx/model_q4.onnx_data|remove||onnx/model_q4.onnx_data is missing",
                "onnx/model_q4.onnx_data|halve||onnx/model_q4.onnx_data is cut off",
                "onnx/model_q4.onnx|halve||onnx/model_q4.onnx is no whole ONNX graph",
                "onnx/model_q4.onnx|write|version https://git-lfs.github.com/spec/v1|onnx/model_q4.onnx is no whole ONNX graph",
                "onnx/model_q4.onnx|rename|MatMulNBits>MatMulNBitz|onnx/model_q4.onnx",
                "onnx/model_q4.onnx|rename|MatMulNBits>MatMulNBitz|MatMulNBitz",
                "onnx/model_q4.onnx|rename|past_key_values>post_key_values|has no input past_key_values.0.key",
            })
    void brokenFolder_isNamedInTheLog_andTheServiceAnswersByTheNextStep(
            String file, String how, String with, String said) throws Exception {
        damage(folder.resolve(file), how, with);

        assertFallsBack(Map.of("inference.small.local.model", folder.toString()), said);
    }

    @ParameterizedTest
    @CsvSource({"kv.max.bytes,4000g,is too large: weights", "max.context.tokens,64,tokens"})
    void modelThatHasNoRoom_isSaidWithTheFigures(String setting, String value, String said) throws Exception {
        assertFallsBack(
                Map.of("inference.small.local.model", folder.toString(), "inference.small.local." + setting, value),
                said);
    }

    private void assertFallsBack(Map<String, String> settings, String said) throws Exception {
        var all = new HashMap<>(Map.of(
                "inference.http.port",
                "0",
                "data",
                data.toString(),
                "inference.retrieval.url",
                "http://127.0.0.1:" + retrieval.port(),
                "inference.cache.generation.poll",
                "1h"));
        all.putAll(settings);
        try (InferenceService inference = InferenceService.start(Settings.of(all), System::nanoTime)) {
            JsonNode answer = ask(inference);

            assertThat(log.list.stream().filter(line -> line.getLevel() == Level.ERROR))
                    .singleElement()
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .asString()
                    .startsWith("tier small has no model: ")
                    .contains(said)
                    .doesNotContain("\n");
            assertThat(answer.at("/route/tier").asText()).isEqualTo("extractive");
            assertThat(answer.at("/route/degraded/cause").asText()).isEqualTo("model_failed");
            assertThat(answer.path("answer").asText()).isEqualTo(SENTENCE + " [1]");
        }
    }

    private JsonNode ask(InferenceService inference) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create(inference.address() + "/v1/answers"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("""
                                {"question":"How many requests does the queue hold?","collection":"docs","route":"small"}"""))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Json.MAPPER.readTree(response.body());
    }
}
