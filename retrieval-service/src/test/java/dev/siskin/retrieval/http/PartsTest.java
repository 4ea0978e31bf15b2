package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.base64;
import static dev.siskin.retrieval.TestService.line;
import static dev.siskin.retrieval.TestService.quoted;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Document;
import dev.siskin.api.Json;
import dev.siskin.api.PartDigest;
import dev.siskin.retrieval.Reembeds;
import dev.siskin.retrieval.TestService;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Documents that come in several lines, {@code "more":true} on all but the last. */
class PartsTest {
    private static final String DOCUMENTS = "/v1/collections/docs/documents";
    private static final String ALL = "{\"query\":\"finch\",\"mode\":\"keyword\",\"k\":100}";
    private static final String NEAREST = "{\"mode\":\"vector\",\"k\":100,\"vector\":\"%s\"}".formatted(base64(at(0)));

    @TempDir
    Path data;

    private TestService service;

    @BeforeEach
    void start() throws Exception {
        service = TestService.on(data);
        service.put("/v1/collections/docs", "{}");
    }

    @AfterEach
    void stop() {
        service.close();
    }

    /** A part of two chunks; its number makes its texts and offsets. */
    private static String part(String id, String hash, int number, boolean more) {
        return part(id, hash, number, more, "\"title\":\"T\",\"metadata\":{\"year\":2026},");
    }

    private static String part(String id, String hash, int number, boolean more, String fields) {
        var chunks = new ArrayList<String>();
        for (int chunk = 2 * number; chunk < 2 * number + 2; chunk++) {
            String text = "finch %s %02d".formatted(hash, chunk);
            int start = chunk * 100;
            chunks.add("{\"text\":%s,\"start\":%d,\"end\":%d,\"vector\":\"%s\"}"
                    .formatted(quoted(text), start, start + text.length(), base64(at(chunk))));
        }
        return "{\"id\":\"%s\",\"content_hash\":\"%s\",%s\"chunks\":[%s]%s}"
                .formatted(id, hash, fields, String.join(",", chunks), more ? ",\"more\":true" : "");
    }

    private static String numbered(String line, int number) {
        return line.substring(0, line.length() - 1) + ",\"part\":" + number + "}";
    }

    private List<String> upsert(String... lines) {
        TestService.Answer answer = service.upsert("docs", lines);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.lines().stream()
                .filter(one -> one.has("status"))
                .map(one -> one.path("status").asText())
                .toList();
    }

    private String error(String line) {
        JsonNode result = service.upsert("docs", line).lines().getFirst();
        assertThat(result.path("status").asText()).isEqualTo("failed");
        return result.path("error").asText();
    }

    private JsonNode standing(String id, String hash) {
        TestService.Answer answer =
                service.post(DOCUMENTS + "/parts", "{\"id\":\"%s\",\"content_hash\":\"%s\"}".formatted(id, hash));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static String digest(String part) throws Exception {
        return PartDigest.of(Objects.requireNonNull(
                Json.MAPPER.readValue(part, Document.class).chunks()));
    }

    private List<String> texts(String id) {
        var texts = new ArrayList<String>();
        service.get(DOCUMENTS + "/" + id)
                .json()
                .path("chunks")
                .forEach(chunk -> texts.add(chunk.path("text").asText()));
        return texts;
    }

    private static List<String> expected(String hash, int chunks) {
        var texts = new ArrayList<String>();
        for (int chunk = 0; chunk < chunks; chunk++) {
            texts.add("finch %s %02d".formatted(hash, chunk));
        }
        return texts;
    }

    private void assertNothingIsSeen() {
        assertThat(service.found("docs", ALL)).isEmpty();
        assertThat(service.found("docs", NEAREST)).isEmpty();
        assertThat(service.found("docs", NEAREST.replace("\"k\"", "\"exact\":true,\"k\"")))
                .isEmpty();
        JsonNode info = service.get("/v1/collections/docs").json();
        assertThat(info.path("documents").asInt()).isZero();
        assertThat(info.path("chunks").asInt()).isZero();
        assertThat(service.get(DOCUMENTS).json().path("documents")).isEmpty();
        assertThat(service.get(DOCUMENTS + "/a").status()).isEqualTo(404);
        assertThat(service.post(DOCUMENTS + "/status", "{\"ids\":[\"a\"]}")
                        .json()
                        .at("/content_hashes/a")
                        .isNull())
                .isTrue();
    }

    @Test
    void parts_thatAreDeleted_areGone_andThoseOfOtherVersionsStay() throws Exception {
        upsert(part("a", "old", 0, true), part("a", "old", 1, true), part("a", "new", 0, true));

        assertThat(deleteParts("a", "old").path("deleted").asInt()).isEqualTo(1);
        assertThat(deleteParts("a", "old").path("deleted").asInt()).isZero();

        assertThat(standing("a", "old").path("digests")).isEmpty();
        service.close();
        service = TestService.on(data);
        assertThat(standing("a", "old").path("digests")).isEmpty();
        assertThat(standing("a", "new").path("digests")).hasSize(1);
        assertThat(upsert(part("a", "new", 1, false))).containsExactly("created");
        assertThat(deleteParts("a", "new").path("deleted").asInt()).isZero();
        assertThat(texts("a")).isEqualTo(expected("new", 4));
    }

    /** One withdraws what the other goes on with: its end is not the whole document. */
    @Test
    void twoWriters_ofOneVersionThatOneWithdraws_theOtherSendsItAgain() throws Exception {
        upsert(part("a", "h", 0, true));
        upsert(part("a", "h", 0, true), part("a", "h", 1, true));

        assertThat(deleteParts("a", "h").path("deleted").asInt()).isEqualTo(1);
        assertThat(deleteParts("a", "h").path("deleted").asInt()).isZero();

        assertEndsOnlyWhenSentFromTheFirstPart();
    }

    private JsonNode deleteParts(String id, String hash) {
        TestService.Answer answer = service.post(
                DOCUMENTS + "/parts/delete", "{\"id\":\"%s\",\"content_hash\":\"%s\"}".formatted(id, hash));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private void assertEndsOnlyWhenSentFromTheFirstPart() throws Exception {
        String gone = "send the document again from its first part";
        assertThat(error(part("a", "h", 2, false))).contains(gone);
        assertThat(error(part("a", "h", 2, true))).contains(gone);
        assertThat(error(numbered(part("a", "h", 2, false), 2))).contains(gone);
        assertNothingIsSeen();
        assertThat(standing("a", "h").path("digests")).isEmpty();
        service.close();
        service = TestService.on(data);
        assertThat(error(part("a", "h", 2, false))).contains(gone);
        assertNothingIsSeen();
        assertThat(upsert(part("a", "h", 0, true), part("a", "h", 1, true), part("a", "h", 2, false)))
                .containsExactly("unchanged", "unchanged", "created");
        assertThat(texts("a")).isEqualTo(expected("h", 6));
        assertThat(service.get("/v1/collections/docs").json().path("chunks").asInt())
                .isEqualTo(6);
    }

    /** A snapshot that has one part and a collection that has two: an end of either would be half a document. */
    @Test
    void restore_whileADocumentIsComing_hasItSentAgain() throws Exception {
        upsert(part("a", "h", 0, true));
        String id = service.send("POST", "/v1/collections/docs/snapshots", "", "")
                .json()
                .path("id")
                .asText();
        byte[] tar = service.download("/v1/collections/docs/snapshots/" + id);
        upsert(part("a", "h", 1, true));
        TestService.Answer restored = service.send(
                "POST", "/v1/collections/docs/restore", "application/x-tar", BodyPublishers.ofByteArray(tar));
        assertThat(restored.status()).as(restored.body()).isEqualTo(200);
        assertThat(restored.json().path("chunks").asInt()).isZero();
        assertEndsOnlyWhenSentFromTheFirstPart();
    }

    /** The snapshot holds the document complete, and its parts are coming again. */
    @Test
    void restore_ofADocumentWhosePartsAreComing_leavesItWhole() throws Exception {
        upsert(part("a", "h", 0, true), part("a", "h", 1, false));
        String id = service.send("POST", "/v1/collections/docs/snapshots", "", "")
                .json()
                .path("id")
                .asText();
        byte[] tar = service.download("/v1/collections/docs/snapshots/" + id);
        service.delete(DOCUMENTS + "/a");
        upsert(part("a", "h", 0, true));
        service.send("POST", "/v1/collections/docs/restore", "application/x-tar", BodyPublishers.ofByteArray(tar));
        assertThat(texts("a")).isEqualTo(expected("h", 4));
        assertThat(upsert(part("a", "g", 0, true), part("a", "g", 1, false))).containsExactly("unchanged", "replaced");
        assertThat(texts("a")).isEqualTo(expected("g", 4));
        service.delete(DOCUMENTS + "/a");
        upsert(part("a", "h", 0, true), part("a", "h", 1, false));
        assertThat(texts("a")).isEqualTo(expected("h", 4));
    }

    @Test
    void reembed_whileADocumentIsComing_hasItSentAgain() throws Exception {
        upsert(part("a", "h", 0, true), part("a", "h", 1, true));
        service.post("/v1/collections/docs/reembed", "{\"quantization\":\"int8\"}");
        assertThat(Reembeds.awaitEnd(service, "docs").path("state").asText()).isEqualTo("done");
        assertEndsOnlyWhenSentFromTheFirstPart();
    }

    @Test
    void parts_ofOneRequest_areOneDocument() {
        assertThat(upsert(part("a", "h", 0, true), part("a", "h", 1, true), part("a", "h", 2, false)))
                .containsExactly("unchanged", "unchanged", "created");
        assertThat(texts("a")).isEqualTo(expected("h", 6));
        JsonNode info = service.get("/v1/collections/docs").json();
        assertThat(info.path("documents").asInt()).isEqualTo(1);
        assertThat(info.path("chunks").asInt()).isEqualTo(6);
        JsonNode entry = service.get(DOCUMENTS).json().at("/documents/0");
        assertThat(entry.path("chunks").asInt()).isEqualTo(6);
        assertThat(entry.path("content_hash").asText()).isEqualTo("h");
    }

    @Test
    void parts_beforeTheLastOne_areSeenByNobody() {
        upsert(part("a", "h", 0, true));
        assertNothingIsSeen();
        upsert(part("a", "h", 1, true));
        assertNothingIsSeen();
        assertThat(upsert(part("a", "h", 2, false))).containsExactly("created");
        assertThat(service.found("docs", ALL)).hasSize(6);
    }

    @Test
    void hit_inADocumentInParts_hasItsHeaderAndItsPlace() {
        upsert(part("a", "h", 0, true), part("a", "h", 1, true, ""));
        upsert(part("a", "h", 2, false, ""));
        JsonNode hits = service.search(
                        "docs", "{\"mode\":\"vector\",\"k\":6,\"vector\":\"%s\"}".formatted(base64(at(0))))
                .json()
                .path("hits");
        assertThat(hits).hasSize(6);
        for (int chunk = 0; chunk < 6; chunk++) {
            JsonNode hit = hits.get(chunk);
            assertThat(hit.path("chunk").asInt()).isEqualTo(chunk);
            assertThat(hit.path("start").asInt()).isEqualTo(100 * chunk);
            assertThat(hit.path("title").asText()).isEqualTo("T");
            assertThat(hit.at("/metadata/year").asInt()).isEqualTo(2026);
        }
        String filtered = "{\"query\":\"finch\",\"mode\":\"hybrid\",\"k\":100,\"filter\":{\"eq\":{\"year\":2026}}}";
        assertThat(service.found("docs", filtered)).hasSize(6);
    }

    @Test
    void documentInParts_replacingAnother_isSeenInItsPlaceAtOnce() {
        upsert(line("a", "old", "{}", Map.of("finch old", at(0))));
        upsert(part("a", "new", 0, true), part("a", "new", 1, true));
        assertThat(texts("a")).containsExactly("finch old");
        assertThat(service.found("docs", ALL)).containsExactly("a");
        assertThat(upsert(part("a", "new", 2, false))).containsExactly("replaced");
        assertThat(texts("a")).isEqualTo(expected("new", 6));
        assertThat(service.found("docs", ALL)).hasSize(6);
    }

    @Test
    void documentInParts_replacedByAnother_leavesNothing() {
        upsert(part("a", "old", 0, true), part("a", "old", 1, false));
        assertThat(upsert(line("a", "new", "{}", Map.of("finch new", at(0))))).containsExactly("replaced");
        assertThat(service.found("docs", ALL)).containsExactly("a");
        assertThat(texts("a")).containsExactly("finch new");
        assertThat(upsert(part("a", "old", 0, true), part("a", "old", 1, false)))
                .containsExactly("unchanged", "replaced");
        assertThat(service.found("docs", ALL)).hasSize(4);
        assertThat(upsert(part("a", "third", 0, true), part("a", "third", 1, false)))
                .containsExactly("unchanged", "replaced");
        assertThat(texts("a")).isEqualTo(expected("third", 4));
        assertThat(service.get("/v1/collections/docs").json().path("chunks").asInt())
                .isEqualTo(4);
    }

    @Test
    void delete_ofADocumentInParts_leavesNothing() {
        upsert(part("a", "h", 0, true), part("a", "h", 1, false));
        assertThat(service.delete(DOCUMENTS + "/a").status()).isEqualTo(200);
        assertNothingIsSeen();
        assertThat(upsert(part("a", "h", 0, true), part("a", "h", 1, false))).containsExactly("unchanged", "created");
        assertThat(texts("a")).isEqualTo(expected("h", 4));
    }

    @Test
    void deleteByFilter_takesDocumentsInPartsWhole_andLeavesThoseStillComing() {
        upsert(part("a", "h", 0, true), part("a", "h", 1, false));
        upsert(part("b", "h", 0, true));
        JsonNode summary = service.post(DOCUMENTS + "/delete", "{\"filter\":{\"eq\":{\"year\":2026}}}")
                .json();
        assertThat(summary.path("deleted").asInt()).isEqualTo(1);
        assertNothingIsSeen();
        assertThat(upsert(part("b", "h", 1, false))).containsExactly("created");
        assertThat(texts("b")).isEqualTo(expected("h", 4));
        service.post(DOCUMENTS + "/delete", "{\"filter\":{\"not\":{\"eq\":{\"year\":1}}}}");
        assertNothingIsSeen();
    }

    @Test
    void parts_sentAgain_changeNothing() {
        String first = part("a", "h", 0, true);
        String second = part("a", "h", 1, true);
        String last = part("a", "h", 2, false);
        upsert(first, second);
        assertThat(upsert(first, second, last)).containsExactly("unchanged", "unchanged", "created");
        assertThat(upsert(first, second, last)).containsExactly("unchanged", "unchanged", "unchanged");
        assertThat(texts("a")).isEqualTo(expected("h", 6));
    }

    /** Two machines whose vectors differ in the last digit. */
    @Test
    void parts_sentAgainWithOtherVectors_changeNothing() {
        String first = numbered(part("a", "h", 0, true), 0);
        String second = numbered(part("a", "h", 1, true), 1);
        String third = numbered(part("a", "h", 2, true), 2);
        upsert(first, second, third);
        String otherVector = base64(at(7));
        assertThat(upsert(
                        first.replace(base64(at(0)), otherVector),
                        second.replace(base64(at(2)), otherVector),
                        numbered(part("a", "h", 3, false), 3)))
                .containsExactly("unchanged", "unchanged", "created");
        assertThat(texts("a")).isEqualTo(expected("h", 8));
    }

    @Test
    void standingParts_areThoseOfTheVersion_thatWereAnsweredFor() throws Exception {
        upsert(part("a", "h", 0, true), part("a", "h", 1, true));
        upsert(part("a", "other", 0, true));
        for (int start = 0; start < 2; start++) {
            JsonNode standing = standing("a", "h");
            assertThat(standing.path("chunks").asInt()).isEqualTo(4);
            assertThat(standing.path("digests"))
                    .extracting(JsonNode::asText)
                    .containsExactly(digest(part("a", "h", 0, true)), digest(part("a", "h", 1, true)));
            assertThat(standing("a", "other").path("digests")).hasSize(1);
            assertThat(standing("b", "h").path("digests")).isEmpty();
            stop();
            service = TestService.on(data);
        }
        upsert(part("a", "h", 2, false));
        assertThat(standing("a", "h").path("digests")).isEmpty();
        assertThat(standing("a", "h").path("chunks").asInt()).isZero();
        assertThat(service.post(DOCUMENTS + "/parts", "{\"id\":\"a\"}").status())
                .isEqualTo(400);
    }

    @Test
    void numberedPart_ofOtherChunks_takesThePlaceOfItsNumberAndThoseAfterIt() throws Exception {
        String first = numbered(part("a", "h", 0, true), 0);
        String third = numbered(part("a", "h", 2, true), 2);
        String fourth = numbered(part("a", "h", 3, true), 3);
        upsert(first, numbered(part("a", "h", 1, true), 1), third, fourth);
        String other = numbered(part("a", "h", 1, true).replace("finch h", "finch x"), 1);
        assertThat(upsert(first, other)).containsExactly("unchanged", "unchanged");
        assertThat(standing("a", "h").path("digests"))
                .extracting(JsonNode::asText)
                .containsExactly(digest(first), digest(other));
        assertThat(error(fourth)).contains("part 3", "2 was expected");
        stop();
        service = TestService.on(data);
        assertThat(upsert(third, numbered(part("a", "h", 3, false), 3))).containsExactly("unchanged", "created");
        var texts = expected("h", 8);
        texts.set(2, "finch x 02");
        texts.set(3, "finch x 03");
        assertThat(texts("a")).isEqualTo(texts);
        assertThat(service.found("docs", ALL)).hasSize(8);
        assertThat(service.get("/v1/collections/docs").json().path("chunks").asInt())
                .isEqualTo(8);
    }

    @Test
    void numberedEnd_beforeThoseThatAreHere_leavesNothingOfThem() {
        upsert(numbered(part("a", "h", 0, true), 0), numbered(part("a", "h", 1, true), 1));
        upsert(numbered(part("a", "h", 2, true), 2));
        assertThat(upsert(numbered(part("a", "h", 1, false), 1))).containsExactly("created");
        assertThat(texts("a")).isEqualTo(expected("h", 4));
        assertThat(service.found("docs", ALL)).hasSize(4);
        assertThat(standing("a", "h").path("digests")).isEmpty();
    }

    @Test
    void restart_betweenParts_keepsWhatWasAnswered() throws Exception {
        upsert(part("a", "h", 0, true), part("a", "h", 1, true));
        stop();
        service = TestService.on(data);
        assertNothingIsSeen();
        assertThat(upsert(part("a", "h", 2, false))).containsExactly("created");
        assertThat(texts("a")).isEqualTo(expected("h", 6));
    }

    @Test
    void twoWriters_ofTheSameVersion_makeOneDocument() {
        upsert(part("a", "h", 0, true));
        upsert(part("a", "h", 0, true), part("a", "h", 1, true));
        upsert(part("a", "h", 1, true), part("a", "h", 2, false));
        assertThat(upsert(part("a", "h", 2, false))).containsExactly("unchanged");
        assertThat(texts("a")).isEqualTo(expected("h", 6));
    }

    @Test
    void twoWriters_ofTwoVersions_eachMakeAWholeDocument() {
        upsert(part("a", "one", 0, true));
        upsert(part("a", "two", 0, true));
        upsert(part("a", "one", 1, true));
        assertThat(upsert(part("a", "two", 1, false))).containsExactly("created");
        assertThat(texts("a")).isEqualTo(expected("two", 4));
        service.delete(DOCUMENTS + "/a");
        assertThat(upsert(part("a", "one", 2, false))).containsExactly("created");
        assertThat(texts("a")).isEqualTo(expected("one", 6));
    }

    @Test
    void wholeDocument_ofTheSameVersion_takesThePlaceOfItsParts() {
        upsert(part("a", "h", 0, true));
        assertThat(upsert(line("a", "h", "{}", Map.of("finch whole", at(0))))).containsExactly("created");
        assertThat(texts("a")).containsExactly("finch whole");
        assertThat(upsert(part("a", "h", 1, true), part("a", "h", 2, false))).containsExactly("unchanged", "unchanged");
        assertThat(service.found("docs", ALL)).containsExactly("a");
    }

    @Test
    void part_afterOneThatFailed_failsToo() {
        String broken = part("a", "h", 1, true).replace("\"start\":200", "\"start\":201");
        assertThat(upsert(part("a", "h", 0, true), broken, part("a", "h", 2, false), part("b", "h", 0, false)))
                .containsExactly("unchanged", "failed", "failed", "created");
        assertThat(service.get(DOCUMENTS + "/a").status()).isEqualTo(404);
        assertThat(upsert(part("a", "h", 1, true), part("a", "h", 2, false))).containsExactly("unchanged", "created");
        assertThat(texts("a")).isEqualTo(expected("h", 6));
    }

    @Test
    void part_outOfOrder_fails() {
        upsert(part("a", "h", 0, true), part("a", "h", 2, true));
        assertThat(error(part("a", "h", 1, true))).contains("begins at 200", "go on to 500");
    }

    @Test
    void numberedPart_withAGapBeforeIt_fails() {
        assertThat(error(numbered(part("a", "h", 1, true), 1))).contains("part 1", "from part 0");
        upsert(numbered(part("a", "h", 0, true), 0));
        assertThat(error(numbered(part("a", "h", 2, false), 2))).contains("part 2", "1 was expected");
        assertThat(upsert(numbered(part("a", "h", 1, false), 1))).containsExactly("created");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'more':true,'chunks':[{'text':'x','start':0,'end':1}] | content_hash",
                "'content_hash':'h','more':true,'chunks':[] | chunks is empty",
                "'content_hash':'h','part':-1,'chunks':[] | part must be 0 or more"
            },
            quoteCharacter = '"')
    void part_thatCannotBe_fails(String fields, String error) {
        assertThat(error("{'id':'a',%s}".formatted(fields).replace('\'', '"'))).contains(error);
    }

    @Test
    void laterPart_withAnotherTitle_fails() {
        upsert(part("a", "h", 0, true));
        assertThat(error(part("a", "h", 1, true, "\"title\":\"other\","))).contains("title", "other");
    }

    @Test
    void search_whilePartsCome_seesAllOrNothing() throws Exception {
        var isDone = new AtomicBoolean();
        var seen = new ArrayList<Integer>();
        Thread searcher = Thread.startVirtualThread(() -> {
            while (!isDone.get()) {
                seen.add(service.found("docs", ALL).size());
            }
        });
        for (int version = 0; version < 8; version++) {
            for (int part = 0; part < 4; part++) {
                upsert(part("a", "h" + version, part, part < 3));
            }
        }
        isDone.set(true);
        searcher.join();
        assertThat(seen).isNotEmpty().isSubsetOf(0, 8);
    }
}
