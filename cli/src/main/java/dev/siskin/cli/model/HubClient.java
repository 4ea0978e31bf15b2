package dev.siskin.cli.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.cli.CommandFailure;
import dev.siskin.settings.Setting;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lists and opens the files of models on a hub, by the public HTTP API of Hugging Face's: {@code
 * /api/models/{name}/tree/{revision}} and {@code /{name}/resolve/{revision}/{path}}. Redirects lead to another host by
 * {@code https} alone, and the token goes to the hub of {@link #BASE} alone. Thread-safe.
 */
public final class HubClient implements AutoCloseable {
    /** The hub of models that are named without an address. */
    public static final Setting<URI> BASE = Setting.address(
            "models.base.url",
            "https://huggingface.co",
            "Hub that ./siskin model pull takes models from: Hugging Face's, or one that answers alike.");

    public static final Setting<String> TOKEN = Setting.secret(
            "models.token", "Token that ./siskin model pull sends to that hub, and to no other host; empty = none.");

    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final int MOST_REDIRECTS = 5;
    private static final int MOST_PAGES = 100;
    private static final int MOST_FILES = 20_000;
    private static final int LARGEST_PAGE_BYTES = 8 << 20;
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;[^,]*rel=\"?next\"?");

    private final HttpClient http;
    private final URI tokenHost;
    private final String token;
    private final Patience patience;

    /** @param tokenHost address of the hub that the token is for */
    public HubClient(URI tokenHost, String token, Patience patience) {
        this.http = HttpClient.newBuilder()
                .connectTimeout(patience.connect())
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        this.tokenHost = tokenHost;
        this.token = token.strip();
        this.patience = patience;
    }

    Patience patience() {
        return patience;
    }

    /**
     * The files of a repository.
     *
     * @throws CommandFailure where it is not there, not for us, or the hub does not answer
     */
    List<HubFile> files(ModelSource source) {
        var files = new ArrayList<HubFile>();
        Optional<URI> page = Optional.of(source.listing());
        for (int pages = 0; page.isPresent(); pages++) {
            if (pages == MOST_PAGES || files.size() > MOST_FILES) {
                throw new CommandFailure("%s has more files than a model has: %d".formatted(source, files.size()));
            }
            URI address = page.get();
            page = new Retries(patience, source.toString()).until(() -> readPage(source, address, files));
        }
        return files;
    }

    /** Adds the files of a page; where the next one is. */
    private Optional<URI> readPage(ModelSource source, URI page, List<HubFile> files) throws IOException {
        HttpResponse<InputStream> response = open(page, 0);
        try (var in = new SilenceGuard(response.body(), patience.silence())) {
            if (response.statusCode() != 200) {
                throw refusal(response, source.toString(), source);
            }
            JsonNode entries = Json.MAPPER.readTree(readAll(in));
            if (!entries.isArray()) {
                throw new CommandFailure(page + " is no listing of files: is the address that of a hub?");
            }
            for (JsonNode entry : entries) {
                if (entry.path("type").asText().equals("file")) {
                    files.add(file(entry));
                }
            }
        } catch (JsonProcessingException malformed) {
            throw new CommandFailure(page + " is no listing of files: " + Json.explain(malformed));
        }
        return response.headers().allValues("Link").stream()
                .map(NEXT::matcher)
                .filter(Matcher::find)
                .map(link -> page.resolve(link.group(1)))
                .findFirst()
                .filter(next -> sameOrigin(next, page));
    }

    private static byte[] readAll(SilenceGuard in) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var buffer = new byte[16 * 1024];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            bytes.write(buffer, 0, read);
            if (bytes.size() > LARGEST_PAGE_BYTES) {
                throw new CommandFailure("a page of the listing is larger than " + LARGEST_PAGE_BYTES + " bytes");
            }
        }
        return bytes.toByteArray();
    }

    private static HubFile file(JsonNode entry) {
        JsonNode large = entry.path("lfs");
        String path = entry.path("path").asText();
        try {
            Checksum checksum = large.isObject()
                    ? new Checksum(Checksum.Kind.SHA256, hex(large.path("oid").asText()))
                    : new Checksum(Checksum.Kind.GIT_BLOB, hex(entry.path("oid").asText()));
            JsonNode size = large.path("size").isNumber() ? large.path("size") : entry.path("size");
            return new HubFile(path, size.asLong(-1), checksum);
        } catch (IllegalArgumentException noChecksum) {
            throw new CommandFailure(
                    "the hub lists a file without a checksum: '%s' (%s)".formatted(path, noChecksum.getMessage()));
        }
    }

    private static String hex(String oid) {
        return oid.toLowerCase(Locale.ROOT).replaceFirst("^sha256:", "");
    }

    /**
     * Opens a file, behind its redirects.
     *
     * @param from first byte asked for
     * @throws IOException where nobody answers
     * @throws CommandFailure where a redirect leads to where it must not
     */
    HttpResponse<InputStream> open(URI address, long from) throws IOException {
        URI at = address;
        for (int hops = 0; hops <= MOST_REDIRECTS; hops++) {
            HttpResponse<InputStream> response = send(at, from);
            if (!REDIRECTS.contains(response.statusCode())) {
                return response;
            }
            response.body().close();
            URI now = at;
            at = response.headers()
                    .firstValue("Location")
                    .map(location -> redirected(now, location))
                    .orElseThrow(() -> new IOException("a redirect without an address"));
        }
        throw new CommandFailure("%s is redirected more than %d times".formatted(address, MOST_REDIRECTS));
    }

    private static URI redirected(URI from, String location) {
        try {
            URI to = from.resolve(location);
            if (to.getHost() != null && ("https".equals(to.getScheme()) || sameOrigin(to, from))) {
                return to;
            }
        } catch (IllegalArgumentException malformed) {
            throw new CommandFailure(
                    "%s is redirected to something that is no address (%s)".formatted(from, malformed.getMessage()));
        }
        throw new CommandFailure("%s is redirected to another host without https: %s".formatted(from, location));
    }

    private HttpResponse<InputStream> send(URI address, long from) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .timeout(patience.answer())
                .header("Accept-Encoding", "identity")
                .header("User-Agent", "siskin");
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        if (!token.isEmpty() && sameOrigin(address, tokenHost)) {
            request.header("Authorization", "Bearer " + token);
        }
        try {
            return http.send(request.build(), BodyHandlers.ofInputStream());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        } catch (ConnectException nobody) {
            throw new IOException("no connection to " + address.getAuthority(), nobody);
        }
    }

    private static boolean sameOrigin(URI one, URI other) {
        return String.valueOf(one.getScheme()).equals(other.getScheme())
                && String.valueOf(one.getHost()).equalsIgnoreCase(other.getHost())
                && port(one) == port(other);
    }

    private static int port(URI address) {
        return address.getPort() >= 0 ? address.getPort() : "https".equals(address.getScheme()) ? 443 : 80;
    }

    /**
     * What an answer other than the content means.
     *
     * @return where asking again is of no use
     * @throws HubBusyException where it may be
     */
    CommandFailure refusal(HttpResponse<?> response, String what, ModelSource source) throws HubBusyException {
        int status = response.statusCode();
        if (status == 408 || status == 429 || status >= 500) {
            throw new HubBusyException("HTTP " + status, retryAfter(response));
        }
        return new CommandFailure(
                switch (status) {
                    case 401, 403 ->
                        "%s does not give out %s (HTTP %d): there is none, or it wants %s token in %s"
                                .formatted(source.base(), what, status, token.isEmpty() ? "a" : "another", TOKEN.env());
                    case 404 ->
                        "%s has no %s (HTTP 404); correct its name or --revision".formatted(source.base(), what);
                    default -> "%s answers for %s with HTTP %d".formatted(source.base(), what, status);
                });
    }

    private static Duration retryAfter(HttpResponse<?> response) {
        return response.headers()
                .firstValue("Retry-After")
                .filter(value -> value.matches("[0-9]{1,6}"))
                .map(value -> Duration.ofSeconds(Long.parseLong(value)))
                .orElse(Duration.ZERO);
    }

    /** Closes what is open. */
    @Override
    public void close() {
        http.shutdownNow();
    }
}
