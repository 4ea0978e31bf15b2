package dev.siskin.indexer.reading;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Collects headings and blocks in reading order into sections, each with its path of headings. */
final class SectionBuilder {
    private record Heading(int level, String title) {}

    private List<Section> sections = new ArrayList<>();
    private Optional<String> firstHeading = Optional.empty();
    private final Deque<Heading> open = new ArrayDeque<>();
    private final List<Block> blocks = new ArrayList<>();
    private int start = -1;
    private int bodyStart = -1;

    /**
     * Begins a section.
     *
     * @param level 1 (highest) to 6
     * @param start offset of the heading's line
     * @param bodyStart offset after it
     */
    void heading(int level, String title, int start, int bodyStart) {
        endSection();
        firstHeading = firstHeading.or(() -> Optional.of(title));
        while (!open.isEmpty() && open.peekLast().level() >= level) {
            open.removeLast();
        }
        open.addLast(new Heading(level, title));
        this.start = start;
        this.bodyStart = bodyStart;
    }

    /** Adds a block to the section that is open. */
    void block(Block.Kind kind, int start, int end) {
        block(new Block(kind, start, end));
    }

    /** Adds a block to the section that is open. */
    void block(Block block) {
        blocks.add(block);
    }

    /** Whether there is nothing yet under the last heading. */
    boolean isAtHeading() {
        return start >= 0 && blocks.isEmpty();
    }

    /** The first heading seen so far. */
    Optional<String> firstHeading() {
        return firstHeading;
    }

    /** The sections so far; what comes next goes on under the same headings. */
    List<Section> take() {
        endSection();
        List<Section> taken = sections;
        sections = new ArrayList<>();
        return taken;
    }

    private void endSection() {
        boolean hasHeading = start >= 0;
        if (hasHeading || !blocks.isEmpty()) {
            int first = hasHeading ? start : blocks.getFirst().start();
            sections.add(new Section(path(), first, hasHeading ? bodyStart : first, blocks));
        }
        blocks.clear();
        start = -1;
    }

    private List<String> path() {
        List<String> path = new ArrayList<>();
        for (Iterator<Heading> headings = open.iterator(); headings.hasNext(); ) {
            path.add(headings.next().title());
        }
        return path;
    }
}
