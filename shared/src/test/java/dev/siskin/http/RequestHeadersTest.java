package dev.siskin.http;

import static dev.siskin.http.TestHosts.problem;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Names of hosts, foreign pages, and headers that are too large. */
final class RequestHeadersTest {
    @RegisterExtension
    private final TestHosts hosts = new TestHosts();

    /** What a proxy lets through as GET must not arrive as another method. */
    @Test
    void method_override_isRefused() throws Exception {
        TestHosts.Running host = hosts.start(Map.of());
        assertThat(problem(host.get("/whoami", "X-HTTP-Method-Override", "DELETE"), 400)
                        .path("detail")
                        .asText())
                .contains("X-HTTP-Method-Override");
    }

    @Test
    void host_foreignName_isRefused() throws Exception {
        TestHosts.Running host = hosts.start(Map.of());
        assertThat(host.raw("GET /livez HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(host.raw("GET /livez HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
        String foreign = "Origin: http://evil.example";
        assertThat(host.raw("GET /livez HTTP/1.1\r\nHost: localhost\r\n" + foreign + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
    }

    @Test
    void host_configuredName_isAcceptedWhateverItsCase() throws Exception {
        TestHosts.Running host = hosts.start(Map.of("test.http.allowed.hosts", "Docs.Example"));

        assertThat(host.raw("GET /livez HTTP/1.1\r\nHost: docs.EXAMPLE\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
    }

    @Test
    void header_tooLarge_isRefusedAndTheHostGoesOn() throws Exception {
        TestHosts.Running host = hosts.start(Map.of());
        String huge = "x".repeat(40_000);
        assertThat(host.raw("GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Big: " + huge + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431")
                .contains("application/problem+json", "at most 16384 bytes", "SISKIN_TEST_HTTP_MAX_HEADER_BYTES");
        assertThat(host.raw("GET /" + huge + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 414")
                .contains("at most 16384 bytes");
        assertThat(host.get("/livez").statusCode()).isEqualTo(200);
    }

    /** Refused as it comes: the rest of a header that never ends is not waited for. */
    @Test
    void header_withoutEnd_isRefusedOnceItIsTooLarge() throws Exception {
        TestHosts.Running host = hosts.start(Map.of("test.http.max.header.bytes", "1024"));
        assertThat(host.raw("GET /livez HTTP/1.1\r\nHost: localhost\r\n" + "X-More: y\r\n".repeat(200)))
                .startsWith("HTTP/1.1 431")
                .contains("at most 1024 bytes");
    }
}
