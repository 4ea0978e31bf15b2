package dev.siskin.indexer.reading;

import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;

/**
 * A part of a document's text with its structure: all of it, where it is not long. Parts end where blocks do. Every
 * offset in here is one into {@code text}; that of the document is {@code offset} more.
 *
 * @param offset of the part in the document's text, UTF-16 units
 * @param sections in order of the text, not overlapping
 * @param pagesBefore pages that have begun in the parts before
 * @param pageStarts at which each page begins, ascending; empty where the format has no pages
 */
public record ExtractedText(
        int offset, String text, List<Section> sections, int pagesBefore, List<Integer> pageStarts) {
    public ExtractedText {
        sections = List.copyOf(sections);
        pageStarts = List.copyOf(pageStarts);
    }

    /** A whole document. */
    public ExtractedText(String text, List<Section> sections, List<Integer> pageStarts) {
        this(0, text, sections, 0, pageStarts);
    }

    /** The one-based page that holds the offset; empty where there are no pages, or before the first. */
    public OptionalInt page(int offset) {
        int found = Collections.binarySearch(pageStarts, offset);
        int page = pagesBefore + (found >= 0 ? lastAt(found) + 1 : -found - 1);
        return page == 0 ? OptionalInt.empty() : OptionalInt.of(page);
    }

    /** Pages without text begin where the next one does: the last of them is meant. */
    private int lastAt(int index) {
        int last = index;
        while (last + 1 < pageStarts.size() && pageStarts.get(last + 1).equals(pageStarts.get(index))) {
            last++;
        }
        return last;
    }
}
