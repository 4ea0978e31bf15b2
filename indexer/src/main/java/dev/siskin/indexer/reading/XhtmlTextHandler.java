package dev.siskin.indexer.reading;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.tika.exception.WriteLimitReachedException;
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
            "aside");
    private static final Set<String> PAGE_CLASSES = Set.of("page", "slide-content");
    private static final Set<String> IGNORED = Set.of("script", "style", "noscript", "template", "title");
    private static final Set<String> IGNORED_CLASSES = Set.of("slide-master-content", "slide-notes-master");

    private final int maxChars;
    private final boolean guessHeaders;
    private final PartBuilder parts;
    private final StringBuilder text;
    private int blockStart;
    private int ignored;
    private int tables;
    private int preformatted;
    private int headingLevel;
    private boolean firstCell;
    private HeaderFinder headers = new HeaderFinder(false);
    private boolean isBelowHeader;
    private final List<String> row = new ArrayList<>();
    private final StringBuilder cell = new StringBuilder();
    private boolean headerGroup;
    private boolean headerCells;
    private boolean overflown;

    /** @param guessHeaders whether the first row of a table is its header where none is marked */
    XhtmlTextHandler(int partChars, int maxChars, boolean guessHeaders, PartBuilder.Sink sink) {
        this.maxChars = maxChars;
        this.guessHeaders = guessHeaders;
        this.parts = new PartBuilder(partChars, maxChars, sink);
        this.text = parts.text();
    }

    /** Whether the text is longer than allowed: what was collected is only its beginning. */
    boolean overflown() {
        return overflown;
    }

    /** Gives on what is left. */
    void end() throws InterruptedException {
        endBlock();
        parts.end();
    }

    /** The document's first heading so far. */
    Optional<String> firstHeading() {
        return parts.firstHeading();
    }

    @Override
    public void startElement(String uri, String localName, String name, Attributes attributes) {
        String element = localName.toLowerCase(Locale.ROOT);
        String className = attributes.getValue("class");
        if (ignored > 0 || IGNORED.contains(element) || (className != null && IGNORED_CLASSES.contains(className))) {
            ignored++;
            return;
        }
        if (element.equals("div") && className != null && PAGE_CLASSES.contains(className)) {
            endBlock();
            parts.page();
        }
        if (isHeading(element)) {
            endBlock();
            headingLevel = element.charAt(1) - '0';
            return;
        }
        switch (element) {
            case "table" -> startTable();
            case "tr" -> startRow();
            case "td", "th" -> startCell(element.equals("th"));
            case "thead" -> headerGroup |= tables == 1;
            case "br" -> lineBreak();
            case "pre" -> {
                endBlock();
                preformatted++;
            }
            default -> {
                if (BLOCKS.contains(element)) {
                    blockBorder();
                }
            }
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
            endHeading();
            return;
        }
        switch (element) {
            case "table" -> {
                if (tables == 1) {
                    endBlock();
                }
                tables = Math.max(0, tables - 1);
            }
            case "tr" -> endRow();
            case "thead" -> headerGroup &= tables != 1;
            case "pre" -> {
                endBlock();
                preformatted = Math.max(0, preformatted - 1);
            }
            default -> {
                if (BLOCKS.contains(element)) {
                    blockBorder();
                }
            }
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
        if (tables > 0 && !headers.decided()) {
            cell.append(chars, start, length);
        }
        if (preformatted > 0) {
            text.append(chars, start, length);
            endLongBlock();
            return;
        }
        for (int i = start; i < start + length; i++) {
            if (Character.isWhitespace(chars[i]) || chars[i] == '\u00a0') {
                space(chars[i] == '\n' && tables == 0);
            } else {
                text.append(chars[i]);
            }
        }
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

    /** One space or line break between words, none at the beginning of a block. */
    private void space(boolean newline) {
        if (tables == 0) {
            endLongBlock();
        }
        if (text.length() == blockStart) {
            return;
        }
        char last = text.charAt(text.length() - 1);
        if (last == ' ' && newline) {
            text.setCharAt(text.length() - 1, '\n');
        } else if (last != ' ' && last != '\n') {
            text.append(newline ? '\n' : ' ');
        }
    }

    private void lineBreak() {
        space(tables == 0);
    }

    private void blockBorder() {
        if (tables > 0 || headingLevel > 0) {
            space(false);
        } else {
            endBlock();
        }
    }

    private void startTable() {
        if (tables == 0) {
            endBlock();
            headers = new HeaderFinder(guessHeaders);
            isBelowHeader = false;
            headerGroup = false;
        }
        tables++;
    }

    private void startRow() {
        if (tables == 0) {
            endBlock();
            return;
        }
        space(true);
        endLongBlock();
        firstCell = true;
        if (tables == 1) {
            row.clear();
            cell.setLength(0);
            headerCells = true;
        }
    }

    private void startCell(boolean isHeader) {
        if (!firstCell) {
            space(false);
            text.append("| ");
        }
        firstCell = false;
        if (tables == 1) {
            row.add(cell.toString());
            cell.setLength(0);
            headerCells &= isHeader;
        }
    }

    private void endRow() {
        if (tables != 1) {
            return;
        }
        if (!headers.decided()) {
            row.add(cell.toString());
            headers.row(row, headerCells || headerGroup, text.length());
        }
        cell.setLength(0);
    }

    /** A block may be as long as the document. */
    private void endLongBlock() {
        if (headingLevel == 0 && parts.isTooLong(text.length() - blockStart)) {
            endBlock();
        }
    }

    private void endHeading() {
        int start = blockStart;
        int end = trimmedEnd();
        int level = headingLevel;
        headingLevel = 0;
        text.setLength(end);
        if (end > start) {
            String title = text.substring(start, end).replaceAll("\\s+", " ");
            parts.sections().heading(level, title, start, end);
            text.append("\n\n");
        }
        blockStart = text.length();
    }

    private void endBlock() {
        if (headingLevel > 0) {
            endHeading();
            return;
        }
        int end = trimmedEnd();
        text.setLength(end);
        if (end > blockStart) {
            parts.sections().block(block(end));
            text.append("\n\n");
        }
        blockStart = text.length();
        if (parts.isTooLong(blockStart)) {
            giveOn();
        }
    }

    /** Parsers throw nothing but their own exceptions: a stop is found again where the thread waits next. */
    private void giveOn() {
        try {
            parts.between();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        blockStart = text.length();
    }

    private Block block(int end) {
        if (preformatted > 0 || tables == 0) {
            return new Block(preformatted > 0 ? Block.Kind.LINES : Block.Kind.PROSE, blockStart, end);
        }
        Optional<TableHeader> header = headers.header()
                .map(found -> isBelowHeader
                        ? found.ofRowsBelow()
                        : new TableHeader(found.text(), Math.clamp(found.end(), blockStart, end)));
        isBelowHeader = true;
        return new Block(Block.Kind.TABLE, blockStart, end, header);
    }

    private int trimmedEnd() {
        int end = text.length();
        while (end > blockStart && Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        return end;
    }
}
