package dev.siskin.indexer.reading;

import dev.siskin.indexer.reading.Attachments.Attachment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.tika.exception.WriteLimitReachedException;
import org.jspecify.annotations.Nullable;
import org.xml.sax.Attributes;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * Turns the XHTML that Tika's parsers emit into a text with its structure: headings {@code h1} to {@code h6}, pages and
 * slides, paragraphs, tables ({@code |} between cells, a line a row) and preformatted text. White space is collapsed
 * elsewhere. Stops the parser with {@link WriteLimitReachedException} when the text gets longer than allowed.
 */
final class XhtmlTextHandler extends DefaultHandler {
    private static final Set<String> BLOCKS = Set.of(
            "p",
            "div",
            "li",
            "ul",
            "ol",
            "dl",
            "dt",
            "dd",
            "blockquote",
            "section",
            "article",
            "header",
            "footer",
            "figure",
            "figcaption",
            "address",
            "form",
            "fieldset",
            "center",
            "body",
            "hr",
            "nav",
            "main",
            "aside",
            "details",
            "summary",
            "caption",
            "option",
            "iframe");
    private static final Set<String> PAGE_CLASSES = Set.of("page", "slide-content");

    private final int maxChars;
    private final TextRules rules;
    private final PartBuilder parts;
    private final TextBlocks blocks;
    private int ignored;
    private boolean awaitsSlideTitle;
    private int slideDivs;
    private boolean overflown;
    private final Deque<Outside> around = new ArrayDeque<>();

    /** Where a document within this one stands, which may end in the middle of its elements. */
    private record Outside(int ignored, int slideDivs, boolean awaitsSlideTitle) {}

    XhtmlTextHandler(int partChars, int maxChars, TextRules rules, PartBuilder.Sink sink) {
        this.maxChars = maxChars;
        this.rules = rules;
        this.parts = new PartBuilder(partChars, maxChars, sink);
        this.blocks = new TextBlocks(parts, rules);
    }

    /** Whether the text is longer than allowed: what was collected is only its beginning. */
    boolean overflown() {
        return overflown;
    }

    /** Gives on what is left. */
    void end() throws InterruptedException {
        blocks.endBlock();
        parts.end();
    }

    /** The document's first heading so far. */
    Optional<String> firstHeading() {
        return parts.firstHeading();
    }

    /** Begins a document within this one. */
    void startAttachment(Attachment attachment) {
        around.addLast(new Outside(ignored, slideDivs, awaitsSlideTitle));
        slideDivs = 0;
        awaitsSlideTitle = false;
        blocks.startAttachment(attachment);
    }

    /** Ends the document within this one that began last. */
    void endAttachment() {
        blocks.endAttachment();
        Outside outside = around.removeLast();
        ignored = outside.ignored();
        slideDivs = outside.slideDivs();
        awaitsSlideTitle = outside.awaitsSlideTitle();
    }

    @Override
    public void startElement(String uri, String localName, String name, Attributes attributes) {
        String element = localName.toLowerCase(Locale.ROOT);
        if (ignored > 0 || rules.ignores(element, attributes)) {
            ignored++;
            return;
        }
        String className = attributes.getValue("class");
        if (element.equals("div")) {
            slideDivs += slideDivs > 0 ? 1 : 0;
            startPage(className);
        }
        if (isHeading(element)) {
            blocks.startHeading(element.charAt(1) - '0');
            return;
        }
        switch (element) {
            case "table" -> {
                awaitsSlideTitle = false;
                blocks.startTable();
            }
            case "tr" -> blocks.startRow();
            case "td", "th" -> blocks.startCell(element.equals("th"));
            case "thead" -> blocks.headerRows(true);
            case "br" -> blocks.lineBreak();
            case "pre" -> blocks.startPreformatted();
            case "dd" -> blocks.definition();
            case "p" -> startParagraph();
            default -> {
                if (BLOCKS.contains(element)) {
                    blocks.border();
                }
            }
        }
    }

    private void startPage(@Nullable String className) {
        if (className == null || !PAGE_CLASSES.contains(className)) {
            return;
        }
        blocks.page();
        if (rules.slides() && className.equals("slide-content")) {
            awaitsSlideTitle = true;
            slideDivs = 1;
        }
    }

    private void startParagraph() {
        if (awaitsSlideTitle) {
            blocks.startSlideTitle();
        } else {
            blocks.startParagraph();
        }
    }

    @Override
    public void endElement(String uri, String localName, String name) {
        if (ignored > 0) {
            ignored--;
            return;
        }
        String element = localName.toLowerCase(Locale.ROOT);
        if (isHeading(element)) {
            blocks.endHeading();
            return;
        }
        if (element.equals("div") && slideDivs > 0) {
            slideDivs--;
            if (awaitsSlideTitle && slideDivs == 0) {
                blocks.endSlideTitle();
                awaitsSlideTitle = false;
            }
        }
        switch (element) {
            case "table" -> blocks.endTable();
            case "tr" -> blocks.endRow();
            case "thead" -> blocks.headerRows(false);
            case "pre" -> blocks.endPreformatted();
            case "dt" -> {
                // A definition goes on with its term.
            }
            case "p" -> endParagraph();
            default -> {
                if (BLOCKS.contains(element)) {
                    blocks.border();
                }
            }
        }
    }

    private void endParagraph() {
        if (awaitsSlideTitle) {
            awaitsSlideTitle = !blocks.endSlideTitle();
        } else {
            blocks.endParagraph();
        }
    }

    @Override
    public void characters(char[] chars, int start, int length) throws SAXException {
        if (ignored > 0) {
            return;
        }
        if (parts.overflows(length)) {
            overflown = true;
            throw new WriteLimitReachedException(maxChars);
        }
        blocks.append(chars, start, length);
    }

    @Override
    public void ignorableWhitespace(char[] chars, int start, int length) throws SAXException {
        characters(chars, start, length);
    }

    private static boolean isHeading(String element) {
        return element.length() == 2
                && element.charAt(0) == 'h'
                && element.charAt(1) >= '1'
                && element.charAt(1) <= '6';
    }
}
