package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import dev.siskin.auth.ServiceTier;
import dev.siskin.retrieval.TestService;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TenantsTest {
    @TempDir
    static Path data;

    private static TestService open;
    private static TestService ann;
    private static TestService bob;
    private static TestService reader;
    private static TestService inference;
    private static TestService admin;

    @BeforeAll
    static void start() throws Exception {
        var keys = new KeyFile(data.resolve("keys.json"));
        String annKey = key(keys, "ann", "ann", Scope.QUERY, Scope.WRITE);
        String bobKey = key(keys, "bob", "bob", Scope.QUERY, Scope.WRITE);
        String readerKey = key(keys, "reader", "ann", Scope.QUERY);
        String serviceKey = key(keys, "inference", "system", Scope.SERVICE);
        String adminKey = key(keys, "admin", "operations", Scope.ADMIN);
        open = TestService.on(
                data, Map.of("retrieval.keys.file", data.resolve("keys.json").toString()));
        ann = open.withKey(annKey);
        bob = open.withKey(bobKey);
        reader = open.withKey(readerKey);
        inference = open.withKey(serviceKey);
        admin = open.withKey(adminKey);
        ann.put("/v1/collections/docs", "{}");
        ann.upsert("docs", line("a", "{}", "secret of ann", at(0)));
    }

    private static String key(KeyFile keys, String id, String tenant, Scope... scopes) {
        return keys.create(id, tenant, Set.of(scopes), ServiceTier.STANDARD, null)
                .key();
    }

    @AfterAll
    static void stop() {
        open.close();
    }

    @Test
    void request_withoutAKey_isUnauthorized() {
        assertThat(open.get("/v1/collections").status()).isEqualTo(401);
    }

    @Test
    void anotherTenantsCollection_doesNotExist() {
        assertThat(bob.get("/v1/collections/docs").status()).isEqualTo(404);
        assertThat(bob.search("docs", "{\"query\":\"secret\"}").status()).isEqualTo(404);
        assertThat(bob.get("/v1/collections/docs/documents/a").status()).isEqualTo(404);
        assertThat(bob.delete("/v1/collections/docs").status()).isEqualTo(404);
        assertThat(bob.get("/v1/generations").body()).doesNotContain("docs");
    }

    @Test
    void sameName_ofTwoTenants_areTwoCollections() {
        bob.put("/v1/collections/both", "{}");
        ann.put("/v1/collections/both", "{}");
        bob.upsert("both", line("b", "{}", "secret of bob", at(0)));
        assertThat(ann.found("both", "{\"query\":\"secret\",\"mode\":\"keyword\"}"))
                .isEmpty();
        assertThat(bob.found("both", "{\"query\":\"secret\",\"mode\":\"keyword\"}"))
                .containsExactly("b");
    }

    @Test
    void reader_mayNotWrite() {
        assertThat(reader.search("docs", "{\"query\":\"secret\",\"mode\":\"keyword\"}")
                        .status())
                .isEqualTo(200);
        assertThat(reader.upsert("docs", line("x", "{}", "x", at(0))).status()).isEqualTo(403);
        assertThat(reader.put("/v1/collections/x", "{}").status()).isEqualTo(403);
        assertThat(reader.post("/v1/collections/docs/documents/delete", "{\"ids\":[]}")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void service_namingATenant_seesItsCollections() {
        TestService forAnn = inference.forTenant("ann");
        assertThat(forAnn.found("docs", "{\"query\":\"secret\",\"mode\":\"keyword\"}"))
                .containsExactly("a");
        assertThat(forAnn.get("/v1/generations").json().path("docs").asInt()).isEqualTo(2);
        assertThat(inference.get("/v1/generations").body()).isEqualTo("{}");
        assertThat(bob.forTenant("ann").get("/v1/generations").status()).isEqualTo(403);
    }

    @Test
    void snapshot_ofAnyTenant_isForAdminsWhoNameTheTenant() {
        String snapshots = "/v1/collections/docs/snapshots";
        assertThat(ann.send("POST", snapshots, "", "").status()).isEqualTo(403);
        assertThat(ann.get(snapshots).status()).isEqualTo(403);
        assertThat(inference.forTenant("ann").get(snapshots).status()).isEqualTo(403);
        assertThat(admin.send("POST", snapshots, "", "").status()).isEqualTo(404);
        assertThat(admin.forTenant("ann").send("POST", snapshots, "", "").status())
                .isEqualTo(403);
        assertThat(admin.send("POST", snapshots + "?tenant=bob", "", "").status())
                .isEqualTo(404);
        assertThat(admin.send("POST", snapshots + "?tenant=../ann", "", "").status())
                .isEqualTo(400);
        TestService.Answer made = admin.send("POST", snapshots + "?tenant=ann", "", "");
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        byte[] tar = admin.download(snapshots + "/" + made.json().path("id").asText() + "?tenant=ann");

        String restore = "/v1/collections/copy/restore";
        BodyPublisher body = BodyPublishers.ofByteArray(tar);
        assertThat(bob.send("POST", restore, "application/x-tar", body).status())
                .isEqualTo(403);
        assertThat(admin.send("POST", restore + "?tenant=carol", "application/x-tar", body)
                        .status())
                .isEqualTo(201);
        assertThat(inference.forTenant("carol").get("/v1/collections/copy").status())
                .isEqualTo(200);
        assertThat(bob.get("/v1/collections/copy").status()).isEqualTo(404);
        assertThat(ann.get("/v1/collections/copy").status()).isEqualTo(404);
    }

    @Test
    void reembed_ofAnotherTenant_doesNotExist() {
        String reembed = "/v1/collections/docs/reembed";
        assertThat(bob.post(reembed, "{}").status()).isEqualTo(404);
        assertThat(reader.post(reembed, "{}").status()).isEqualTo(403);
        assertThat(bob.get(reembed).status()).isEqualTo(404);
        assertThat(bob.delete(reembed).status()).isEqualTo(404);
    }
}
