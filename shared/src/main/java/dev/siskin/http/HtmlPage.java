package dev.siskin.http;

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
 * A page in one file, without assets from elsewhere. Its script and style run by the hashes in the
 * Content-Security-Policy, so that nothing it shows can run.
 */
public final class HtmlPage {
    private final byte[] page;
    private final String policy;

    private HtmlPage(byte[] page, String policy) {
        this.page = page;
        this.policy = policy;
    }

    /**
     * Reads a page, which has one script and one style, from the class path.
     *
     * @param owner the class beside which the page lies
     */
    public static HtmlPage load(Class<?> owner, String name) {
        try (InputStream in = Objects.requireNonNull(owner.getResourceAsStream(name), name)) {
            byte[] page = in.readAllBytes();
            String html = new String(page, StandardCharsets.UTF_8);
            String policy =
                    "default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none';"
                            + " frame-ancestors 'none'; script-src '" + hash(html, "script") + "'; style-src '"
                            + hash(html, "style") + "'";
            return new HtmlPage(page, policy);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(name + " cannot be read", unreadable);
        }
    }

    /** Sends the page. */
    public void send(Context context) {
        context.header("Content-Security-Policy", policy);
        context.header("Referrer-Policy", "no-referrer");
        context.contentType("text/html; charset=utf-8").result(page);
    }

    private static String hash(String html, String element) {
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
