package dev.siskin.retrieval;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.base64;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * A writer that remembers what was answered: which documents must be there, in which version, and which request was under
 * way when the service died, of which each document may be as before or as sent.
 */
final class CrashWriter {
    private static final String NDJSON = "application/x-ndjson";
    private static final String JSON = "application/json";
    private static final int CHUNKS_A_PART = 2;

    private final String name;
    private final Random random;
    private final TreeMap<String, Stored> certain = new TreeMap<>();
    private final Map<String, Set<Optional<Stored>>> underWay = new HashMap<>();
    private int next;
    private int acknowledged;
    private long generation;

    CrashWriter(String name, long seed) {
        this.name = name;
        this.random = new Random(seed);
    }

    /** A document as a listing has it. */
    record Stored(String hash, int chunks) {}

    /** Sends one request and returns the answer's body. */
    @FunctionalInterface
    interface Sender {
        String send(String path, String contentType, String body) throws IOException;
    }

    int acknowledged() {
        return acknowledged;
    }

    long generation() {
        return generation;
    }

    /** Writes until the service is gone. */
    void writeUntilItFails(Sender sender) {
        try {
            while (true) {
                switch (random.nextInt(10)) {
                    case 0 -> delete(sender);
                    case 1 -> deleteByFilter(sender);
                    case 2, 3 -> writeInParts(sender);
                    default -> write(sender);
                }
                acknowledged++;
            }
        } catch (IOException killed) {
            // What the request under way would have made stays in underWay.
            assertThat(killed).isNotNull();
        }
    }

    private void write(Sender sender) throws IOException {
        var lines = new ArrayList<String>();
        var sent = new HashMap<String, Optional<Stored>>();
        for (int i = 0; i < 1 + random.nextInt(5); i++) {
            String id = anId();
            var document = new Stored(aHash(), 1);
            // Of an id twice in a request the first version may be left: other writers' commits come between.
            if (sent.putIfAbsent(id, Optional.of(document)) == null) {
                lines.add(line(id, document.hash(), 0, 1, false));
            }
        }
        run(sent, () -> sender.send("/documents", NDJSON, String.join("\n", lines)));
    }

    private void writeInParts(Sender sender) throws IOException {
        String id = anId();
        String hash = aHash();
        int parts = 2 + random.nextInt(3);
        for (int part = 0; part < parts - 1; part++) {
            String line = line(id, hash, part * CHUNKS_A_PART, CHUNKS_A_PART, true);
            run(Map.of(), () -> sender.send("/documents", NDJSON, line));
        }
        String last = line(id, hash, (parts - 1) * CHUNKS_A_PART, CHUNKS_A_PART, false);
        run(
                Map.of(id, Optional.of(new Stored(hash, parts * CHUNKS_A_PART))),
                () -> sender.send("/documents", NDJSON, last));
    }

    private void delete(Sender sender) throws IOException {
        var ids = new ArrayList<>(certain.keySet());
        if (ids.isEmpty()) {
            return;
        }
        String id = ids.get(random.nextInt(ids.size()));
        run(
                Map.of(id, Optional.empty()),
                () -> sender.send("/documents/delete", JSON, "{\"ids\":[\"%s\"]}".formatted(id)));
    }

    private void deleteByFilter(Sender sender) throws IOException {
        int group = random.nextInt(20);
        var gone = new HashMap<String, Optional<Stored>>();
        certain.keySet().stream().filter(id -> group(id) == group).forEach(id -> gone.put(id, Optional.empty()));
        String filter =
                "{\"filter\":{\"and\":[{\"eq\":{\"writer\":\"%s\"}},{\"eq\":{\"group\":%d}}]}}".formatted(name, group);
        run(gone, () -> sender.send("/documents/delete", JSON, filter));
    }

    @FunctionalInterface
    private interface Request {
        String send() throws IOException;
    }

    private void run(Map<String, Optional<Stored>> changes, Request request) throws IOException {
        changes.forEach((id, after) -> underWay.computeIfAbsent(
                        id, _ -> new HashSet<>(Set.of(Optional.ofNullable(certain.get(id)))))
                .add(after));
        String answer = request.send();
        List<String> lines = answer.lines().toList();
        JsonNode summary = Json.MAPPER.readTree(lines.getLast());
        assertThat(summary.path("failed").asInt()).as(answer).isZero();
        generation = Math.max(generation, summary.path("generation").asLong());
        underWay.clear();
        changes.forEach(this::settle);
    }

    private void settle(String id, Optional<Stored> document) {
        document.ifPresentOrElse(stored -> certain.put(id, stored), () -> certain.remove(id));
    }

    /** Compares what is stored, and goes on from there. */
    void assertStored(Map<String, Stored> all, String when) {
        var mine = new TreeMap<String, Stored>();
        all.forEach((id, stored) -> {
            if (id.startsWith(name + "/")) {
                mine.put(id, stored);
            }
        });
        underWay.forEach((id, possible) -> {
            Optional<Stored> found = Optional.ofNullable(mine.get(id));
            assertThat(possible).as("%s, %s", when, id).contains(found);
            settle(id, found);
        });
        underWay.clear();
        assertThat(mine).as(when).isEqualTo(certain);
    }

    private String anId() {
        boolean isNew = random.nextInt(3) > 0;
        return name + "/" + (isNew ? next++ : random.nextInt(next + 1));
    }

    private String aHash() {
        return Long.toHexString(random.nextLong());
    }

    private static int group(String id) {
        return Math.floorMod(id.hashCode(), 20);
    }

    private String line(String id, String hash, int firstChunk, int chunks, boolean more) {
        var texts = new ArrayList<String>();
        for (int chunk = firstChunk; chunk < firstChunk + chunks; chunk++) {
            String text = "finch " + hash;
            texts.add("{\"text\":\"%s\",\"start\":%d,\"end\":%d,\"vector\":\"%s\"}"
                    .formatted(text, chunk * 100, chunk * 100 + text.length(), base64(at(random.nextInt(90)))));
        }
        return "{\"id\":\"%s\",\"content_hash\":\"%s\",\"metadata\":{\"writer\":\"%s\",\"group\":%d},\"chunks\":[%s]%s}"
                .formatted(id, hash, name, group(id), String.join(",", texts), more ? ",\"more\":true" : "");
    }
}
