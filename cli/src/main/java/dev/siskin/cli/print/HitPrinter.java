package dev.siskin.cli.print;

import dev.siskin.api.Hit;
import dev.siskin.api.SearchResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Prints the hits of a search, best first: title, place, scores and the beginning of the text. */
public final class HitPrinter {
    private static final int TEXT_CHARS = 320;
    private static final int TEXT_INDENT = 4;

    private final Terminal terminal;

    public HitPrinter(Terminal terminal) {
        this.terminal = terminal;
    }

    public void print(SearchResponse response) {
        if (response.hits().isEmpty()) {
            terminal.line("nothing found");
        }
        int number = 1;
        for (Hit hit : response.hits()) {
            print(number++, hit);
        }
        SearchResponse.Timings timings = response.timingsMs();
        terminal.line(terminal.dim(Amounts.millis(timings.total()) + " (embed " + Amounts.millis(timings.embed())
                + ", search " + Amounts.millis(timings.search()) + ") · generation " + response.generation()));
        SearchResponse.@Nullable Degraded degraded = response.degraded();
        if (degraded != null) {
            terminal.line("degraded: " + degraded.step() + ", because of " + degraded.cause());
        }
    }

    private void print(int number, Hit hit) {
        String title = Wrap.oneLine(hit.title() == null ? hit.documentId() : hit.title());
        terminal.line(terminal.cyan(number + ". ") + terminal.bold(title) + terminal.dim(place(hit)));
        terminal.line(" ".repeat(TEXT_INDENT)
                + terminal.dim(Wrap.oneLine(hit.documentId()) + "#" + hit.chunk() + " · " + scores(hit)));
        @Nullable String text = hit.text();
        if (text != null) {
            terminal.paragraph(beginning(Wrap.oneLine(text)), TEXT_INDENT);
        }
        terminal.line();
    }

    private static String place(Hit hit) {
        var parts = new ArrayList<String>();
        @Nullable String heading = hit.heading();
        if (heading != null && !heading.isBlank() && !heading.equals(hit.title())) {
            parts.add(Wrap.oneLine(heading));
        }
        if (hit.page() != null) {
            parts.add("page " + hit.page());
        }
        return parts.isEmpty() ? "" : ", " + String.join(", ", parts);
    }

    private static String scores(Hit hit) {
        var scores = new ArrayList<>(List.of(figure("score", hit.score())));
        if (hit.scores().cosine() != null) {
            scores.add(figure("cosine", hit.scores().cosine()));
        }
        if (hit.scores().bm25() != null) {
            scores.add(figure("bm25", hit.scores().bm25()));
        }
        return String.join(", ", scores);
    }

    private static String figure(String name, double value) {
        return String.format(Locale.ROOT, "%s %.3f", name, value);
    }

    private static String beginning(String text) {
        if (text.length() <= TEXT_CHARS) {
            return text;
        }
        int end = text.lastIndexOf(' ', TEXT_CHARS);
        return text.substring(0, end > 0 ? end : TEXT_CHARS) + " …";
    }
}
