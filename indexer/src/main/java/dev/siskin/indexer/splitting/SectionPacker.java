package dev.siskin.indexer.splitting;

import dev.siskin.indexer.reading.Block;
import dev.siskin.indexer.reading.Section;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Sections to passages. A section is a passage of its own, so that no chunk crosses a heading, with two exceptions:
 *
 * <ul>
 *   <li>Neighbouring sections that are all small (fewer than a third of a chunk's tokens) become one passage as long as
 *       they fit a chunk together, stand under a common heading, and that heading is no more than one level above any
 *       of them. The passage then begins with the first section's own heading unless that is the common one, and holds
 *       the others' headings in its text. Sections under different top-level headings are never put together.
 *   <li>A heading with nothing under it but further headings is no passage: it is in the context of theirs. One with
 *       nothing under it at all is kept as text.
 * </ul>
 */
final class SectionPacker {
    private final TokenizedText text;
    private final SplitSettings settings;

    SectionPacker(TokenizedText text, SplitSettings settings) {
        this.text = text;
        this.settings = settings;
    }

    List<Passage> pack(List<Section> sections) {
        List<Passage> passages = new ArrayList<>();
        for (int first = 0; first < sections.size(); ) {
            List<String> path = sections.get(first).path();
            int next = first + 1;
            if (onlyHeads(sections, first)) {
                first = next;
                continue;
            }
            while (next < sections.size()) {
                Optional<List<String>> wider = pathWith(sections, first, path, next);
                if (wider.isEmpty()) {
                    break;
                }
                path = wider.get();
                next++;
            }
            passages.add(passage(sections.subList(first, next), path));
            first = next;
        }
        return passages;
    }

    /** The common path of the sections from {@code first} to {@code next}; empty where they may not go together. */
    private Optional<List<String>> pathWith(List<Section> sections, int first, List<String> path, int next) {
        Section begin = sections.get(first);
        Section added = sections.get(next);
        if (!isSmall(begin) || !isSmall(added)) {
            return Optional.empty();
        }
        List<String> common = common(path, added.path());
        boolean near = path.size() - common.size() <= 1 && added.path().size() - common.size() <= 1;
        if (common.isEmpty() || !near) {
            return Optional.empty();
        }
        int start = start(begin, common);
        boolean fits = text.count(start, added.end()) <= settings.chunkTokens()
                && added.end() - start <= settings.chunkChars();
        return fits ? Optional.of(common) : Optional.empty();
    }

    private boolean isSmall(Section section) {
        return text.count(section.start(), section.end()) < settings.smallTokens();
    }

    private static int start(Section first, List<String> path) {
        return first.path().size() > path.size() ? first.start() : first.bodyStart();
    }

    private Passage passage(List<Section> sections, List<String> path) {
        Section only = sections.getFirst();
        if (sections.size() > 1) {
            int start = start(only, path);
            int end = sections.getLast().end();
            return new Passage(path, List.of(new Block(Block.Kind.PROSE, start, end)));
        }
        if (only.blocks().isEmpty()) {
            List<String> above = path.subList(0, path.size() - 1);
            return new Passage(above, List.of(new Block(Block.Kind.PROSE, only.start(), only.bodyStart())));
        }
        return new Passage(path, only.blocks());
    }

    /** Whether there is nothing under a heading but further headings. */
    private static boolean onlyHeads(List<Section> sections, int index) {
        Section section = sections.get(index);
        if (!section.blocks().isEmpty() || index + 1 == sections.size()) {
            return false;
        }
        List<String> below = sections.get(index + 1).path();
        int depth = section.path().size();
        return below.size() > depth && below.subList(0, depth).equals(section.path());
    }

    private static List<String> common(List<String> one, List<String> other) {
        int length = 0;
        while (length < Math.min(one.size(), other.size()) && one.get(length).equals(other.get(length))) {
            length++;
        }
        return one.subList(0, length);
    }
}
