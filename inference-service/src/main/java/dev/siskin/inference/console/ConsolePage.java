package dev.siskin.inference.console;

import dev.siskin.http.HtmlPage;
import io.javalin.http.Context;

/** The page at the root. It holds no data; its requests carry the key that is typed in. */
public final class ConsolePage {
    private final HtmlPage page;

    private ConsolePage(HtmlPage page) {
        this.page = page;
    }

    /** Reads the page from the class path. */
    public static ConsolePage load() {
        return new ConsolePage(HtmlPage.load(ConsolePage.class, "console.html"));
    }

    /** Sends the page. */
    public void send(Context context) {
        page.send(context);
    }
}
