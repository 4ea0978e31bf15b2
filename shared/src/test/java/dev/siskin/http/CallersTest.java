package dev.siskin.http;

import static dev.siskin.http.TestHosts.GREETING;
import static dev.siskin.http.TestHosts.key;
import static dev.siskin.http.TestHosts.problem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import dev.siskin.auth.ServiceTier;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Keys, tenants and scopes, and how often each may call. */
final class CallersTest {
    @TempDir
    Path folder;

    @RegisterExtension
    private final TestHosts hosts = new TestHosts();

    @Test
    void keys_scopesAndTenants_areEnforced() throws Exception {
        Path keyFile = folder.resolve("keys.json");
        var keys = new KeyFile(keyFile);
        String reader = keys.create("r", "acme", Set.of(Scope.QUERY), ServiceTier.STANDARD, null)
                .key();
        String admin = keys.create("a", "ops", Set.of(Scope.ADMIN), ServiceTier.STANDARD, null)
                .key();
        String service = keys.create("s", "ops", Set.of(Scope.SERVICE), ServiceTier.STANDARD, null)
                .key();
        TestHosts.Running host = hosts.start(Map.of("test.keys.file", keyFile.toString()));

        problem(host.get("/whoami"), 401);
        problem(host.get("/whoami", "Authorization", "Bearer sk-siskin-wrong"), 401);
        assertThat(host.get("/whoami", "Authorization", "Bearer " + reader).body())
                .isEqualTo("acme");
        problem(host.get("/whoami", "Authorization", "Bearer " + reader, "X-Siskin-Tenant", "ops"), 403);
        assertThat(host.get("/whoami", "Authorization", "Bearer " + service, "X-Siskin-Tenant", "acme")
                        .body())
                .isEqualTo("acme");
        problem(host.post("/greet", GREETING, "Authorization", "Bearer " + reader), 403);
        problem(host.get("/metrics", "Authorization", "Bearer " + reader), 403);
        assertThat(host.get("/metrics", "Authorization", "Bearer " + admin).body())
                .contains("siskin_http_requests_seconds_count")
                .doesNotContain("sk-siskin");
        assertThat(host.get("/livez").statusCode()).isEqualTo(200);
    }

    @Test
    void keys_none_thereIsTheDefaultTenantOnly() throws Exception {
        TestHosts.Running host = hosts.start(Map.of());

        problem(host.get("/whoami", "X-Siskin-Tenant", "made-up"), 403);
        assertThat(host.get("/whoami", "X-Siskin-Tenant", "default").body()).isEqualTo("default");
    }

    @Test
    void keys_rate_isLimitedPerKey() throws Exception {
        Path keyFile = folder.resolve("keys.json");
        String key = new KeyFile(keyFile)
                .create("r", "acme", Set.of(Scope.QUERY), ServiceTier.STANDARD, 2)
                .key();
        TestHosts.Running host = hosts.start(Map.of("test.keys.file", keyFile.toString()));
        String[] authorization = {"Authorization", "Bearer " + key};
        assertThat(host.get("/whoami", authorization).headers().firstValue("RateLimit-Remaining"))
                .contains("1");
        assertThat(host.get("/whoami", authorization).statusCode()).isEqualTo(200);
        HttpResponse<String> third = host.get("/whoami", authorization);
        problem(third, 429);
        assertThat(Long.parseLong(third.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1L, 60L);
    }

    @Test
    void routeLimit_ofAKeyAndOfItsTenant_areCountedOverTheLimitsRoutes() throws Exception {
        Path keyFile = folder.resolve("keys.json");
        var keys = new KeyFile(keyFile);
        String one = "Bearer " + key(keys, "one", "acme");
        String two = "Bearer " + key(keys, "two", "acme");
        String other = "Bearer " + key(keys, "three", "other");
        TestHosts.Running host =
                limited(Map.of("test.keys.file", keyFile.toString()), new RouteLimit("answers", 2, 3, 0));

        assertThat(host.get("/dear", "Authorization", one).headers().firstValue("RateLimit-Remaining"))
                .contains("1");
        assertThat(host.get("/dearer", "Authorization", one).statusCode()).isEqualTo(200);
        HttpResponse<String> ofTheKey = host.get("/dear", "Authorization", one);
        assertThat(problem(ofTheKey, 429).path("detail").asText()).startsWith("the key allows 2 answers a minute");
        assertThat(Long.parseLong(ofTheKey.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1L, 60L);
        assertThat(host.get("/cheap", "Authorization", one).statusCode()).isEqualTo(200);

        assertThat(host.get("/dear", "Authorization", two).headers().firstValue("RateLimit-Limit"))
                .contains("3");
        HttpResponse<String> ofTheTenant = host.get("/dear", "Authorization", two);
        assertThat(problem(ofTheTenant, 429).path("detail").asText())
                .startsWith("the tenant allows 3 answers a minute");
        assertThat(host.get("/dear", "Authorization", other).statusCode()).isEqualTo(200);
    }

    @Test
    void routeLimit_withoutKeys_isOfTheAddressThatATrustedProxyNames() throws Exception {
        TestHosts.Running host =
                limited(Map.of("test.http.trusted.proxies", "127.0.0.1,::1"), new RouteLimit("answers", 1, 0, 0));
        assertThat(host.get("/dear", "X-Forwarded-For", "192.0.2.1").statusCode())
                .isEqualTo(200);
        problem(host.get("/dear", "X-Forwarded-For", "192.0.2.1"), 429);
        assertThat(host.get("/dear", "X-Forwarded-For", "192.0.2.2").statusCode())
                .isEqualTo(200);

        TestHosts.Running untrusting = limited(Map.of(), new RouteLimit("answers", 1, 0, 0));
        assertThat(untrusting.get("/dear", "X-Forwarded-For", "192.0.2.1").statusCode())
                .isEqualTo(200);
        assertThat(problem(untrusting.get("/dear", "X-Forwarded-For", "192.0.2.2"), 429)
                        .path("detail")
                        .asText())
                .startsWith("your address allows 1 answers");
    }

    @Test
    void routeLimit_underWay_isOfTheTenantAndEndsWithTheRequest() throws Exception {
        Path keyFile = folder.resolve("keys.json");
        var keys = new KeyFile(keyFile);
        String one = "Bearer " + key(keys, "one", "acme");
        String two = "Bearer " + key(keys, "two", "acme");
        String other = "Bearer " + key(keys, "three", "other");
        var entered = new CountDownLatch(2);
        var release = new CountDownLatch(1);
        TestHosts.Running host = hosts.start(TestHosts.named(Map.of("test.keys.file", keyFile.toString()))
                .get("/dear", Scope.QUERY, (context, caller) -> {
                    entered.countDown();
                    release.await();
                    context.result("answer");
                })
                .limit(new RouteLimit("answers", 0, 0, 1)));
        CompletableFuture<HttpResponse<String>> first = host.getAsync("/dear", "Authorization", one);
        CompletableFuture<HttpResponse<String>> others = host.getAsync("/dear", "Authorization", other);
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

        HttpResponse<String> refused = host.get("/dear", "Authorization", two);
        assertThat(problem(refused, 429).path("detail").asText()).startsWith("the tenant has 1 answers under way");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();

        release.countDown();
        assertThat(first.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(others.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        HttpResponse<String> again = host.get("/dear", "Authorization", two);
        while (again.statusCode() == 429) {
            again = host.get("/dear", "Authorization", two);
        }
        assertThat(again.body()).isEqualTo("answer");
    }

    private TestHosts.Running limited(Map<String, String> settings, RouteLimit limit) {
        return hosts.start(TestHosts.named(settings)
                .get("/dear", Scope.QUERY, (context, caller) -> context.result("answer"))
                .limit(limit)
                .get("/dearer", Scope.QUERY, (context, caller) -> context.result("answer"))
                .limit(limit)
                .get("/cheap", Scope.QUERY, (context, caller) -> context.result("list")));
    }

    @Test
    void readyz_keyFileBroken_saysSoAndTheKeysGoOn() throws Exception {
        Path keyFile = folder.resolve("keys.json");
        String key = key(new KeyFile(keyFile), "one", "acme");
        TestHosts.Running host = hosts.start(Map.of("test.keys.file", keyFile.toString()));
        Files.writeString(keyFile, "nonsense");
        Files.setLastModifiedTime(keyFile, FileTime.fromMillis(System.currentTimeMillis() + 5_000));

        HttpResponse<String> ready = host.get("/readyz");
        while (!ready.body().contains("limitation")) {
            ready = host.get("/readyz");
        }

        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(ready.body()).contains("key file").doesNotContain(folder.toString());
        assertThat(host.get("/whoami", "Authorization", "Bearer " + key).body()).isEqualTo("acme");
    }
}
