package dev.siskin.indexer.reading;

import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;

/**
 * A document's text with its structure; every offset of every chunk is an offset into {@code text}.
 *
 * @param sections in order of the text, not overlapping
 * @param pageStarts offset at which each page begins, ascending; empty where the format has no pages
 */
public record ExtractedText(String text, List<Section> sections, List<Integer> pageStarts) {
    public ExtractedText {
        sections = List.copyOf(sections);
        pageStarts = List.copyOf(pageStarts);
    }

    /** The one-based page that holds the offset; empty where there are no pages, or before the first. */
    public OptionalInt page(int offset) {
        int found = Collections.binarySearch(pageStarts, offset);
        int page = found >= 0 ? lastAt(found) + 1 : -found - 1;
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
