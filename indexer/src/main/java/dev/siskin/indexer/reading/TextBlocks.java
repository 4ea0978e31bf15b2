package dev.siskin.indexer.reading;

import dev.siskin.indexer.reading.Attachments.Attachment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Builds the text of a parsed document, block by block, as its elements begin and end: what {@link XhtmlTextHandler}
 * understands of them.
 *
 * <p>Rows lose their empty cells at the end, and tables their empty rows. Names of attachments and sheets are written
 * when text comes below them, so that there is none above nothing.
 */
final class TextBlocks {
    /** Of footnotes, and of fields that Tika takes for text. */
    private static final Pattern MARKS =
            Pattern.compile("\\[(?:foot|end)noteRef:\\d+]|\\bEMBED\\b[ \\w.]*\\\\\\* MERGEFORMAT");

    /** Optional hyphen, byte order mark, optional break: they keep words from being found. */
    private static final String INVISIBLE = "\u00ad\ufeff\u200b";

    private static final int LONG_CELL_PARTS = 4;
    private static final int MAX_SLIDE_TITLE_CHARS = 150;

    private final TextRules rules;
    private final PartBuilder parts;
    private final StringBuilder text;
    private final Deque<Place> around = new ArrayDeque<>();
    private final List<Announced> announced = new ArrayList<>();
    private final OpenTables tables;
    private int blockStart;
    private int preformatted;
    private int headingLevel;
    private boolean mayGoOn;

    /** Where a document within this one stands. */
    private record Place(Attachment attachment, int tables, int preformatted) {}

    /** A heading that comes with the text below it, or not at all: an attachment's name, or that of a sheet. */
    private record Announced(
            int depth, int level, String title, @Nullable Attachment attachment) {}

    TextBlocks(PartBuilder parts, TextRules rules) {
        this.parts = parts;
        this.rules = rules;
        this.text = parts.text();
        this.tables = new OpenTables(rules.guessHeaders());
    }

    /** Takes characters; white space is collapsed where the text is not preformatted. */
    void append(char[] chars, int start, int length) {
        if (!around.isEmpty() && around.getLast().attachment().isSilent()) {
            return;
        }
        String run = new String(chars, start, length);
        boolean isMarked = run.contains("noteRef:") || run.contains("MERGEFORMAT");
        append(isMarked ? MARKS.matcher(run).replaceAll("") : run);
    }

    private void append(String run) {
        tables.append(run);
        if (preformatted > 0) {
            if (!run.isBlank()) {
                writeAnnounced();
            }
            text.append(run);
            endLongBlock();
            return;
        }
        for (int i = 0; i < run.length(); i++) {
            char c = run.charAt(i);
            if (Character.isWhitespace(c) || c == '\u00a0') {
                space(c == '\n' && !tables.areOpen());
            } else if (INVISIBLE.indexOf(c) < 0) {
                appendVisible(c);
            }
        }
    }

    private void appendVisible(char c) {
        writeAnnounced();
        if (mayGoOn) {
            mayGoOn = false;
            if (Character.isLowerCase(c)) {
                space(true);
            } else {
                endBlock();
            }
        }
        if (Character.isLowerCase(c) && joinsLines() && endsInHyphenatedLine()) {
            text.setLength(text.length() - 2);
        }
        text.append(c);
    }

    private boolean endsInHyphenatedLine() {
        int end = text.length();
        return end - blockStart > 2
                && text.charAt(end - 1) == '\n'
                && text.charAt(end - 2) == '-'
                && Character.isLowerCase(text.charAt(end - 3));
    }

    /** One space or line break between words, none at the beginning of a block. */
    private void space(boolean newline) {
        if (tables.areOpen()) {
            endLongCell();
        } else {
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

    void lineBreak() {
        space(!tables.areOpen());
    }

    /** The beginning or end of an element that stands by itself; within a table, only space. */
    void border() {
        if (tables.areOpen() || headingLevel > 0) {
            space(false);
        } else {
            endBlock();
        }
    }

    void startParagraph() {
        if (!mayGoOn) {
            border();
        }
    }

    void endParagraph() {
        int end = trimmedEnd();
        if (joinsLines() && !tables.areOpen() && headingLevel == 0 && end > blockStart) {
            char last = text.charAt(end - 1);
            mayGoOn = Character.isLetter(last) || last == ',' || last == '-';
        }
        if (!mayGoOn) {
            border();
        }
    }

    /** What a term means: in one block with the term. */
    void definition() {
        boolean hasTerm = !tables.areOpen() && headingLevel == 0 && trimmedEnd() > blockStart;
        if (!hasTerm) {
            border();
            return;
        }
        text.setLength(trimmedEnd());
        text.append(": ");
    }

    /** A page begins; those of attachments are not counted. */
    void page() {
        endBlock();
        if (rules.pages() && around.isEmpty()) {
            parts.page();
        }
    }

    void startPreformatted() {
        endBlock();
        preformatted++;
    }

    void endPreformatted() {
        endBlock();
        preformatted = Math.max(0, preformatted - 1);
    }

    /** Begins a document within this one, which may stand anywhere. */
    void startAttachment(Attachment attachment) {
        endBlock();
        around.addLast(new Place(attachment, tables.leave(), preformatted));
        preformatted = 0;
        parts.sections().enter();
        announced.add(new Announced(parts.sections().depth(), 0, "", attachment));
    }

    /** Goes back to where the document within this one began. */
    void endAttachment() {
        endBlock();
        Place place = around.removeLast();
        tables.comeBack(place.tables());
        preformatted = place.preformatted();
        int depth = parts.sections().depth();
        announced.removeIf(heading -> heading.depth() >= depth);
        parts.sections().leave();
    }

    private void writeAnnounced() {
        if (announced.isEmpty()) {
            return;
        }
        List<Announced> headings = List.copyOf(announced);
        announced.clear();
        int before = blockStart;
        String begun = text.substring(blockStart);
        text.setLength(blockStart);
        for (Announced heading : headings) {
            write(heading);
        }
        text.append(begun);
        tables.move(blockStart - before);
    }

    private void write(Announced announced) {
        Attachment attachment = announced.attachment();
        if (attachment == null) {
            heading(announced.depth(), announced.level(), announced.title());
            return;
        }
        attachment.name().ifPresent(name -> heading(announced.depth(), 0, name));
        attachment.sender().ifPresent(sender -> {
            text.append(sender);
            parts.sections().block(Block.Kind.PROSE, blockStart, text.length());
            text.append("\n\n");
            blockStart = text.length();
        });
    }

    private void heading(int depth, int level, String title) {
        text.append(title);
        parts.sections().heading(depth, level, title, blockStart, text.length());
        text.append("\n\n");
        blockStart = text.length();
    }

    void startHeading(int level) {
        endBlock();
        if (isSheet()) {
            int depth = parts.sections().depth();
            announced.removeIf(heading -> heading.depth() == depth && heading.level() > 0);
        }
        headingLevel = level;
    }

    void endHeading() {
        int start = blockStart;
        int end = trimmedEnd();
        int level = headingLevel;
        headingLevel = 0;
        String title = text.substring(start, end).replaceAll("\\s+", " ");
        if (isSheet()) {
            text.setLength(start);
            if (!title.isEmpty()) {
                announced.add(new Announced(parts.sections().depth(), level, title, null));
            }
            return;
        }
        text.setLength(end);
        if (end > start) {
            parts.sections().heading(level, title, start, end);
            text.append("\n\n");
        }
        blockStart = text.length();
    }

    private boolean joinsLines() {
        return around.isEmpty()
                ? rules.joinLines()
                : around.getLast().attachment().isPdf();
    }

    private boolean isSheet() {
        return around.isEmpty() ? rules.sheets() : around.getLast().attachment().isSheets();
    }

    void startSlideTitle() {
        startHeading(1);
    }

    /** Whether there was text; it is a paragraph where it is no title by its looks. */
    boolean endSlideTitle() {
        int end = trimmedEnd();
        String title = text.substring(blockStart, end);
        boolean isTitle =
                title.length() <= MAX_SLIDE_TITLE_CHARS && title.chars().anyMatch(Character::isLetter);
        if (isTitle) {
            endHeading();
        } else {
            headingLevel = 0;
            endBlock();
        }
        return !title.isEmpty();
    }

    void startTable() {
        if (!tables.areOpen()) {
            endBlock();
        }
        tables.start(text.length());
    }

    void endTable() {
        if (tables.isOneOpen()) {
            endBlock();
        }
        tables.end();
    }

    /** Whether the rows that come are headers. */
    void headerRows(boolean begin) {
        tables.headerRows(begin);
    }

    void startRow() {
        if (!tables.areOpen()) {
            endBlock();
            return;
        }
        space(true);
        endLongBlock();
        tables.startRow(text.length());
    }

    void startCell(boolean isHeader) {
        if (!tables.isAtRowStart()) {
            space(false);
            text.append("| ");
        }
        tables.startCell(isHeader);
    }

    void endRow() {
        if (tables.areOpen()) {
            cutEmptyCells(Math.max(blockStart, tables.rowStart()));
            tables.endRow(text.length());
        }
    }

    private void cutEmptyCells(int rowStart) {
        int end = text.length();
        while (end > rowStart && (text.charAt(end - 1) == '|' || Character.isWhitespace(text.charAt(end - 1)))) {
            end--;
        }
        text.setLength(Math.min(end, text.length()));
    }

    /** A block may be as long as the document. */
    private void endLongBlock() {
        if (headingLevel == 0 && parts.isTooLong(text.length() - blockStart)) {
            endBlock();
        }
    }

    /** A cell may be as long as the document too, where a page is laid out as a table: it is cut where it must be. */
    private void endLongCell() {
        if (headingLevel == 0 && parts.isTooLong((text.length() - blockStart) / LONG_CELL_PARTS)) {
            endBlock();
            tables.cutRows(text.length());
        }
    }

    /** Ends the block that is open, and gives the part on if it is long enough. */
    void endBlock() {
        mayGoOn = false;
        if (headingLevel > 0) {
            endHeading();
            return;
        }
        int end = trimmedEnd();
        if (isNoContent(end)) {
            end = blockStart;
        }
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

    /** Numbers of slides, and what a spreadsheet prints around its tables. */
    private boolean isNoContent(int end) {
        if (rules.tablesOnly() && !tables.areOpen() && around.isEmpty()) {
            return true;
        }
        if (!rules.slides() || tables.areOpen() || end - blockStart > 4) {
            return false;
        }
        String block = text.substring(blockStart, end);
        return block.equals("*") || block.equals(String.valueOf(parts.pages()));
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
        if (preformatted > 0 || !tables.areOpen()) {
            return new Block(preformatted > 0 ? Block.Kind.LINES : Block.Kind.PROSE, blockStart, end);
        }
        return new Block(Block.Kind.TABLE, blockStart, end, tables.header(blockStart, end));
    }

    private int trimmedEnd() {
        int end = text.length();
        while (end > blockStart && Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        return end;
    }
}
