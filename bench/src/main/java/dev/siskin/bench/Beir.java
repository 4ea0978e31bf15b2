package dev.siskin.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A collection in BEIR's layout: {@code corpus.jsonl}, {@code queries.jsonl}, {@code qrels/test.tsv}. */
public record Beir(Path folder) {
    public record Passage(String id, String title, String text) {}

    public List<Passage> corpus() throws IOException {
        var passages = new ArrayList<Passage>();
        for (String line : Files.readAllLines(folder.resolve("corpus.jsonl"))) {
            JsonNode node = Json.MAPPER.readTree(line);
            passages.add(new Passage(
                    node.get("_id").asText(),
                    node.path("title").asText(),
                    node.get("text").asText()));
        }
        return passages;
    }

    /** Query text by id. */
    public Map<String, String> queries() throws IOException {
        var queries = new LinkedHashMap<String, String>();
        for (String line : Files.readAllLines(folder.resolve("queries.jsonl"))) {
            JsonNode node = Json.MAPPER.readTree(line);
            queries.put(node.get("_id").asText(), node.get("text").asText());
        }
        return queries;
    }

    /** Grade by passage id, by query id. */
    Map<String, Map<String, Integer>> judgements(String split) throws IOException {
        var judgements = new LinkedHashMap<String, Map<String, Integer>>();
        List<String> lines = Files.readAllLines(folder.resolve("qrels").resolve(split + ".tsv"));
        for (String line : lines.subList(1, lines.size())) {
            String[] fields = line.split("\t", -1);
            judgements.computeIfAbsent(fields[0], id -> new HashMap<>()).put(fields[1], Integer.parseInt(fields[2]));
        }
        return judgements;
    }
}
