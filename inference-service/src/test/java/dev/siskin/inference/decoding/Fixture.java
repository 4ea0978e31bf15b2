package dev.siskin.inference.decoding;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A tiny model of random weights, with what Hugging Face transformers makes of the same weights. */
record Fixture(Path path, JsonNode reference) {
    private static final Duration LONG = Duration.ofMinutes(5);

    /** Every folder with a reference. */
    static Stream<Fixture> all() {
        Path root = folder("/decoder");
        try (Stream<Path> folders = Files.list(root)) {
            return folders
                    .filter(folder -> Files.exists(folder.resolve("reference.json")))
                    .sorted()
                    .map(Fixture::read)
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Fixture of(String name) {
        return read(folder("/decoder/" + name));
    }

    static Path folder(String resource) {
        try {
            return Path.of(Fixture.class.getResource(resource).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static Fixture read(Path path) {
        try {
            return new Fixture(
                    path, Json.MAPPER.readTree(path.resolve("reference.json").toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ModelFolder model() {
        return ModelFolder.open(path);
    }

    /** With these end tokens and no others. */
    ModelFolder model(Set<Integer> endTokens) {
        return model().withEndTokens(endTokens);
    }

    /** How far logits may be off. */
    float tolerance() {
        return (float) reference.get("tolerance").asDouble();
    }

    String precision() {
        return reference.path("precision").asText();
    }

    int prompts() {
        return reference.get("prompts").size();
    }

    int[] prompt(int index) {
        return ids(reference.get("prompts").get(index).get("ids"));
    }

    /** Without the end token. */
    List<Integer> greedy(int index) {
        return greedy(index, model().endTokens());
    }

    List<Integer> greedy(int index, Set<Integer> endTokens) {
        List<Integer> ids = new ArrayList<>(
                IntStream.of(ids(reference.get("prompts").get(index).get("greedy")))
                        .boxed()
                        .toList());
        if (endTokens.contains(ids.getLast())) {
            ids.removeLast();
        }
        return ids;
    }

    /** How many a request for them may write, the end token included. */
    int longest(int index) {
        return reference.get("prompts").get(index).get("greedy").size();
    }

    private static int[] ids(JsonNode array) {
        return Json.MAPPER.convertValue(array, int[].class);
    }

    /** Logits of the last position of the prompt that the row names. */
    float[] logits(int row) throws IOException {
        int vocabulary = reference.get("vocabulary").asInt();
        float[] logits = new float[vocabulary];
        ByteBuffer.wrap(Files.readAllBytes(path.resolve("reference-logits.f32")))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(row * vocabulary, logits);
        return logits;
    }

    /** The prompts whose logits are there, by row. */
    int[] promptsOfLogits() {
        JsonNode rows = reference.get("logits");
        return IntStream.range(0, rows.size())
                .map(row -> rows.get(row).get("prompt").asInt())
                .toArray();
    }

    /** What comes of a request, all of it. */
    static List<Integer> decode(Decoder decoder, int[] prompt, int most, Sampling sampling) {
        List<Integer> tokens = new ArrayList<>();
        Decoded decoded = decoder.decode(new DecodeRequest(prompt, most, sampling, LONG), tokens::add, () -> false);
        if (decoded.newTokens() != tokens.size()) {
            throw new AssertionError(decoded + ", tokens: " + tokens.size());
        }
        return tokens;
    }

    static List<Integer> greedy(Decoder decoder, int[] prompt, int most) {
        return decode(decoder, prompt, most, Sampling.GREEDY);
    }

    @Override
    public String toString() {
        return path.getFileName().toString();
    }
}
