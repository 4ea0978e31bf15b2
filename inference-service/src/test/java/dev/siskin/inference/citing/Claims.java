package dev.siskin.inference.citing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.siskin.inference.Hits;
import dev.siskin.inference.packing.Passage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Sentences labelled by hand: which of three passages support them, or that none does. {@code claims.jsonl} names
 * paragraphs of SQuAD 1.1's development set ({@code squad/TITLE/PARAGRAPH}), abstracts of SciFact ({@code scifact/ID})
 * and pages of tldr ({@code tldr/PLATFORM/PAGE}); it holds none of their text, a quote is {@code [passage, start, end]}
 * and {@code replace} puts one word for another in it.
 *
 * <p>The texts are in the folder that {@code SISKIN_TEST_DATA} names (environment variable or system property), below
 * {@code squad-dev}, {@code scifact} and {@code documents/tldr}.
 */
final class Claims {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DATA = "SISKIN_TEST_DATA";
    private static final Path FOLDER =
            Path.of(Objects.requireNonNullElse(System.getenv(DATA), System.getProperty(DATA, "no-" + DATA)));

    /**
     * A sentence and what is known of it.
     *
     * @param kind quote, paraphrase or merged; number, negated, entity, plausible or topic
     * @param by   indices of the passages that support it
     */
    record Claim(List<Passage> passages, String kind, boolean supported, Set<Integer> by, String sentence) {
        /** Which half it belongs to, all claims on the same passages together. */
        boolean isForFitting() {
            return (passages.getFirst().hit().documentId().hashCode() & 0x10) == 0;
        }
    }

    private final Map<String, String> texts = new HashMap<>();

    private Claims() {}

    static boolean canBeRead() {
        return Stream.of("squad-dev/dev-1.1.json", "scifact/corpus.jsonl", "documents/tldr/pages")
                .allMatch(part -> Files.exists(FOLDER.resolve(part)));
    }

    static List<Claim> read() {
        try {
            return new Claims().all();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Claim> all() throws IOException {
        squad();
        scifact();
        List<Claim> claims = new ArrayList<>();
        try (var lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(Claims.class.getResourceAsStream("claims.jsonl")), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                claims.add(claim(JSON.readTree(line)));
            }
        }
        return claims;
    }

    private Claim claim(JsonNode line) throws IOException {
        List<Passage> passages = new ArrayList<>();
        for (JsonNode name : line.get("passages")) {
            String text = text(name.asText());
            passages.add(new Passage(Hits.hit(name.asText(), 0, 0.7, text, Map.of()), text, 1));
        }
        Set<Integer> by = new TreeSet<>();
        line.get("by").forEach(index -> by.add(index.asInt()));
        return new Claim(
                passages, line.get("kind").asText(), line.get("supported").asBoolean(), by, sentence(line, passages));
    }

    private static String sentence(JsonNode line, Collection<Passage> passages) {
        if (line.has("sentence")) {
            return line.get("sentence").asText();
        }
        JsonNode quote = line.get("quote");
        String words = List.copyOf(passages)
                .get(quote.get(0).asInt())
                .text()
                .substring(quote.get(1).asInt(), quote.get(2).asInt());
        JsonNode replace = line.get("replace");
        return replace == null
                ? words
                : words.replace(replace.get(0).asText(), replace.get(1).asText());
    }

    private String text(String name) throws IOException {
        if (name.startsWith("tldr/")) {
            return Files.readString(FOLDER.resolve("documents/tldr/pages").resolve(name.substring(5) + ".md"));
        }
        return Objects.requireNonNull(texts.get(name), name);
    }

    private void squad() throws IOException {
        JsonNode root = JSON.readTree(FOLDER.resolve("squad-dev/dev-1.1.json").toFile());
        for (JsonNode article : root.get("data")) {
            int paragraph = 0;
            for (JsonNode context : article.get("paragraphs")) {
                texts.put(
                        "squad/" + article.get("title").asText() + "/" + paragraph++,
                        context.get("context").asText());
            }
        }
    }

    private void scifact() throws IOException {
        try (Stream<String> lines = Files.lines(FOLDER.resolve("scifact/corpus.jsonl"))) {
            for (String line : (Iterable<String>) lines::iterator) {
                JsonNode document = JSON.readTree(line);
                texts.put(
                        "scifact/" + document.get("_id").asText(),
                        document.get("text").asText());
            }
        }
    }
}
