package dev.siskin.inference.console;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;

/**
 * The page at the root: one file, no assets from elsewhere. Its script and style run by the hashes in the
 * Content-Security-Policy, so that nothing an answer quotes can run. The page holds no data; its requests carry
 * the key that is typed in.
 */
public final class ConsolePage {
    private final byte[] page;
    private final String policy;

    private ConsolePage(byte[] page, String policy) {
        this.page = page;
        this.policy = policy;
    }

    /** Reads the page from the class path. */
    public static ConsolePage load() {
        try (InputStream in =
                Objects.requireNonNull(ConsolePage.class.getResourceAsStream("console.html"), "console.html")) {
            byte[] page = in.readAllBytes();
            String html = new String(page, StandardCharsets.UTF_8);
            String policy = "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none';"
                    + " frame-ancestors 'none'; script-src '" + hash(html, "script") + "'; style-src '"
                    + hash(html, "style") + "'";
            return new ConsolePage(page, policy);
        } catch (IOException unreadable) {
            throw new UncheckedIOException("console.html cannot be read", unreadable);
        }
    }

    /** Sends the page. */
    public void send(Context context) {
        context.header("Content-Security-Policy", policy);
        context.header("Referrer-Policy", "no-referrer");
        context.contentType("text/html; charset=utf-8").result(page);
    }

    private static String hash(String html, String element) throws IOException {
        int start = html.indexOf('<' + element + '>') + element.length() + 2;
        int end = html.indexOf("</" + element + '>');
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(html.substring(start, end).getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
