package dev.siskin.cli.print;

import dev.siskin.api.AnswerResponse;
import dev.siskin.api.AnswerResponse.Citation;
import dev.siskin.api.AnswerResponse.Degraded;
import dev.siskin.api.AnswerResponse.Timings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Prints an answer: the words, the numbered citations with title, place and quote, and how it was come by. */
public final class AnswerPrinter {
    private static final int INDENT = 2;
    private static final int QUOTE_INDENT = 6;

    private final Terminal terminal;

    public AnswerPrinter(Terminal terminal) {
        this.terminal = terminal;
    }

    public void print(AnswerResponse answer) {
        terminal.paragraph(answer.answer(), INDENT);
        printSources(answer);
    }

    /** A sentence of an answer that is being written. */
    public void printSentence(String sentence) {
        terminal.paragraph(sentence, INDENT);
    }

    /** What the answer rests on, and what it took. */
    public void printSources(AnswerResponse answer) {
        terminal.line();
        answer.citations().forEach(this::print);
        terminal.line(" ".repeat(INDENT) + terminal.dim(footnote(answer)));
        @Nullable Degraded degraded = answer.route().degraded();
        if (degraded != null) {
            terminal.line(" ".repeat(INDENT) + "degraded: " + degraded.step() + ", because of " + degraded.cause());
        }
        if (answer.shaping().questionTruncated()) {
            terminal.line(" ".repeat(INDENT) + "the question was too long and has been cut");
        }
    }

    private void print(Citation citation) {
        String number = "[" + citation.n() + "] ";
        String title = Wrap.oneLine(citation.title() == null ? citation.documentId() : citation.title());
        terminal.line(
                " ".repeat(INDENT) + terminal.cyan(number) + terminal.bold(title) + terminal.dim(place(citation)));
        if (!title.equals(citation.documentId())) {
            terminal.line(" ".repeat(QUOTE_INDENT) + terminal.dim(Wrap.oneLine(citation.documentId())));
        }
        terminal.paragraph("“" + Wrap.oneLine(citation.quote()) + "”", QUOTE_INDENT);
        terminal.line();
    }

    /** Where in the document: {@code , Batching > Queues, page 2, characters 1310–1402}. */
    static String place(Citation citation) {
        var parts = new ArrayList<String>();
        @Nullable String heading = citation.heading();
        if (heading != null && !heading.isBlank() && !heading.equals(citation.title())) {
            parts.add(Wrap.oneLine(heading));
        }
        if (citation.page() != null) {
            parts.add("page " + citation.page());
        }
        parts.add(String.format(Locale.ROOT, "characters %d–%d", citation.start(), citation.end()));
        return ", " + String.join(", ", parts);
    }

    static String footnote(AnswerResponse answer) {
        Timings timings = answer.timingsMs();
        String spent = List.of(
                        "queue " + Amounts.millis(timings.queue()),
                        "retrieve " + Amounts.millis(timings.retrieve()),
                        "shape " + Amounts.millis(timings.shape()),
                        "generate " + Amounts.millis(timings.generate()))
                .stream()
                .reduce((all, next) -> all + ", " + next)
                .orElse("");
        String cache = switch (answer.cache()) {
            case NONE -> "";
            case RETRIEVAL -> " · passages from the cache";
            case ANSWER -> " · from the cache";
        };
        return Amounts.millis(timings.total()) + " (" + spent + ") · "
                + answer.route().tier().name().toLowerCase(Locale.ROOT) + cache;
    }
}
