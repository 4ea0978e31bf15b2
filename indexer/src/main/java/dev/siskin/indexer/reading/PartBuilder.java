package dev.siskin.indexer.reading;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A document's text and structure as a reader finds them, given on in parts: what was collected goes as soon as there is
 * enough of it and a block has ended. Offsets are those of the part that is being built.
 */
final class PartBuilder {
    /** After which a part is closed: some two hundred chunks. */
    static final int PART_CHARS = 256 * 1024;

    /** Takes the parts; what it throws ends the reading. */
    @FunctionalInterface
    interface Sink {
        void part(ExtractedText part) throws InterruptedException;
    }

    private final int partChars;
    private final int maxChars;
    private final Sink sink;
    private final StringBuilder text = new StringBuilder();
    private final SectionBuilder sections = new SectionBuilder();
    private final List<Integer> pageStarts = new ArrayList<>();
    private int offset;
    private int pagesBefore;

    /** @param maxChars of the document */
    PartBuilder(int partChars, int maxChars, Sink sink) {
        this.partChars = partChars;
        this.maxChars = maxChars;
        this.sink = sink;
    }

    /** What the part holds so far; the reader may change its end. */
    StringBuilder text() {
        return text;
    }

    SectionBuilder sections() {
        return sections;
    }

    /** The document's first heading, of this part or one before. */
    Optional<String> firstHeading() {
        return sections.firstHeading();
    }

    /** Whether a block of this many characters is to be cut. */
    boolean isTooLong(int chars) {
        return chars >= partChars;
    }

    /** Whether that many characters more are more than a document may have. */
    boolean overflows(int more) {
        return (long) offset + text.length() + more > maxChars;
    }

    void page() {
        pageStarts.add(text.length());
    }

    /** Pages that have begun. */
    int pages() {
        return pagesBefore + pageStarts.size();
    }

    /**
     * Gives on what was collected, if it is enough; to be called between blocks.
     *
     * @return whether it was, so that the next part begins
     */
    boolean between() throws InterruptedException {
        boolean headsNothingYet = sections.isAtHeading() && text.length() < 2 * partChars;
        if (text.length() < partChars || headsNothingYet) {
            return false;
        }
        give();
        return true;
    }

    /** Gives on what is left. */
    void end() throws InterruptedException {
        give();
    }

    private void give() throws InterruptedException {
        List<Section> found = sections.take();
        if (!found.isEmpty()) {
            sink.part(new ExtractedText(offset, text.toString(), found, pagesBefore, pageStarts));
        }
        offset += text.length();
        pagesBefore += pageStarts.size();
        text.setLength(0);
        pageStarts.clear();
    }
}
