package dev.siskin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.api.Quantization;
import dev.siskin.api.ReembedRequest;
import dev.siskin.api.ReembedStatus;
import dev.siskin.api.RestoreSummary;
import dev.siskin.api.SnapshotInfo;
import dev.siskin.api.SnapshotList;
import dev.siskin.auth.Scope;
import dev.siskin.cli.Invocations.Outcome;
import dev.siskin.http.ContentKind;
import dev.siskin.http.HttpHost;
import dev.siskin.http.HttpSettings;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.settings.Settings;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots, restore and re-embedding against a service that notes what it is asked. */
class BackupCommandsTest {
    private static final SnapshotInfo SNAPSHOT =
            new SnapshotInfo("20260131t120000z-1f3a5b7c", "papers", 42, 3 << 20, Instant.parse("2026-01-31T12:00:00Z"));

    @TempDir
    Path folder;

    private final ConcurrentLinkedDeque<String> asked = new ConcurrentLinkedDeque<>();
    private final AtomicInteger polls = new AtomicInteger();
    private HttpHost host;

    @BeforeEach
    void start() {
        HttpSettings settings = HttpSettings.declare("test", 0).read(Settings.of(Map.of("test.http.port", "0")));
        String collection = "/v1/collections/{name}";
        host = HttpHost.named("test-service", settings)
                .post(collection + "/snapshots", Scope.ADMIN, (context, _) -> {
                    note(context, "");
                    context.status(201).json(SNAPSHOT);
                })
                .get(collection + "/snapshots", Scope.ADMIN, (context, _) -> {
                    boolean empty = context.pathParam("name").equals("empty");
                    context.json(new SnapshotList(empty ? List.of() : List.of(SNAPSHOT)));
                })
                .get(collection + "/snapshots/{id}", Scope.ADMIN, (context, _) -> {
                    if (!context.pathParam("id").equals(SNAPSHOT.id())) {
                        throw Problem.notFound("there is no such snapshot");
                    }
                    context.contentType("application/x-tar").result("the tar");
                })
                .delete(collection + "/snapshots/{id}", Scope.ADMIN, (context, _) -> {
                    note(context, "");
                    context.status(204);
                })
                .post(collection + "/restore", Scope.ADMIN, 1_000, ContentKind.TAR, (context, _) -> {
                    note(context, new String(JsonBody.stream(context).readAllBytes(), StandardCharsets.UTF_8));
                    context.status(201).json(new RestoreSummary("papers", true, 43, 2, 1));
                })
                .post(collection + "/reembed", Scope.WRITE, 1_000, ContentKind.JSON, (context, _) -> {
                    note(context, JsonBody.read(context, ReembedRequest.class).toString());
                    context.status(202).json(status(ReembedStatus.State.WAITING, null));
                })
                .get(collection + "/reembed", Scope.QUERY, (context, _) -> {
                    boolean fails = context.pathParam("name").equals("broken");
                    context.json(
                            polls.incrementAndGet() < 2
                                    ? status(ReembedStatus.State.RUNNING, null)
                                    : fails
                                            ? status(ReembedStatus.State.FAILED, "the disk is full")
                                            : status(ReembedStatus.State.DONE, null));
                })
                .delete(collection + "/reembed", Scope.WRITE, (context, _) -> {
                    note(context, "");
                    context.status(204);
                })
                .start();
    }

    @AfterEach
    void stop() {
        host.close();
    }

    private void note(Context context, String body) {
        String query = context.queryString() == null ? "" : "?" + context.queryString();
        asked.add(context.method() + " " + context.path() + query + " " + body);
    }

    private static ReembedStatus status(ReembedStatus.State state, @Nullable String error) {
        return new ReembedStatus(
                "papers",
                state,
                "all-minilm-l6-v2",
                Quantization.INT4,
                10,
                20,
                30,
                Instant.parse("2026-01-31T12:00:00Z"),
                state == ReembedStatus.State.RUNNING ? 90L : null,
                state == ReembedStatus.State.DONE ? 44L : null,
                error);
    }

    private Outcome run(String... arguments) {
        return Invocations.run(folder, Map.of("SISKIN_RETRIEVAL_URL", host.address()), arguments);
    }

    @Test
    void snapshot_create_list_delete() throws Exception {
        assertThat(run("snapshot", "create", "papers", "--tenant", "acme").out())
                .isEqualTo("20260131t120000z-1f3a5b7c: generation 42, 3 MiB\n");
        assertThat(run("snapshot", "list", "papers").out()).contains("generation", SNAPSHOT.id(), "42", "3 MiB");
        assertThat(run("snapshot", "list", "empty").out()).contains("./siskin snapshot create empty");
        assertThat(Json.MAPPER.readValue(
                        run("snapshot", "list", "papers", "--json").out(), SnapshotList.class))
                .isEqualTo(new SnapshotList(List.of(SNAPSHOT)));
        assertThat(run("snapshot", "delete", "papers", SNAPSHOT.id()).status()).isZero();
        assertThat(asked)
                .containsExactly(
                        "POST /v1/collections/papers/snapshots?tenant=acme ",
                        "DELETE /v1/collections/papers/snapshots/" + SNAPSHOT.id() + " ");
    }

    @Test
    void snapshot_download_andRestore() throws Exception {
        Path tar = folder.resolve("papers.tar");
        Outcome downloaded = run("snapshot", "download", "papers", SNAPSHOT.id(), "--output", tar.toString());
        assertThat(downloaded.status()).as(downloaded.err()).isZero();
        assertThat(tar).hasContent("the tar");
        assertThat(run("snapshot", "download", "papers", SNAPSHOT.id(), "-o", tar.toString())
                        .err())
                .contains("there already", "--output");
        Path other = folder.resolve("other.tar");
        assertThat(run("snapshot", "download", "papers", "x", "-o", other.toString())
                        .status())
                .isEqualTo(1);
        assertThat(folder).isDirectoryContaining(tar::equals).isDirectoryNotContaining(other::equals);

        Outcome restored = run("restore", "papers", tar.toString());
        assertThat(restored.out()).isEqualTo("made papers: 2 documents, 1 chunk, generation 43\n");
        assertThat(asked).containsExactly("POST /v1/collections/papers/restore the tar");
        assertThat(run("restore", "papers", other.toString()).err()).contains("no such file");
    }

    @Test
    void reembed_showsProgressToTheEnd() throws Exception {
        Outcome outcome = run("reembed", "papers", "--model", "all-minilm-l6-v2", "--quantization", "int4");
        assertThat(outcome.status()).isZero();
        assertThat(outcome.err()).contains("running: 10 of 20 documents, 1 min to go");
        assertThat(outcome.out()).isEqualTo("papers has vectors of all-minilm-l6-v2: 20 documents, generation 44\n");
        assertThat(asked)
                .containsExactly("POST /v1/collections/papers/reembed "
                        + new ReembedRequest("all-minilm-l6-v2", Quantization.INT4));
        JsonNode json = Json.MAPPER.readTree(
                run("reembed", "papers", "--status", "--json").out());
        assertThat(json.path("state").asText()).isEqualTo("done");
    }

    @Test
    void reembed_failed_saysWhyAndExitsWithOne() {
        Outcome outcome = run("reembed", "broken");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.out()).contains("failed", "the disk is full");
    }

    @Test
    void reembed_cancelOrDetach_doesNotWait() {
        assertThat(run("reembed", "papers", "--cancel").out()).contains("stays as it is");
        assertThat(run("reembed", "papers", "--detach").out()).contains("waiting: 10 of 20 documents");
        assertThat(polls).hasValue(0);
    }
}
