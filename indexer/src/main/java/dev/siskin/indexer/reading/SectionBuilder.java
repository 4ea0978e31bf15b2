package dev.siskin.indexer.reading;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Collects headings and blocks in reading order into sections, each with its path of headings. */
final class SectionBuilder {
    /** More than there are levels of headings in a document. */
    private static final int LEVELS = 10;

    private record Heading(int level, String title) {}

    private List<Section> sections = new ArrayList<>();
    private Optional<String> firstHeading = Optional.empty();
    private final Deque<Heading> open = new ArrayDeque<>();
    private final Deque<List<Heading>> around = new ArrayDeque<>();
    private final List<Block> blocks = new ArrayList<>();
    private int start = -1;
    private int bodyStart = -1;

    /**
     * Begins a section.
     *
     * @param level 1 (highest) to 6, or 0 for the name of a document within another
     * @param start offset of the heading's line
     * @param bodyStart offset after it
     */
    void heading(int level, String title, int start, int bodyStart) {
        heading(depth(), level, title, start, bodyStart);
    }

    /**
     * Begins a section, of a document further out as well.
     *
     * @param depth of the document that the heading belongs to
     */
    void heading(int depth, int level, String title, int start, int bodyStart) {
        endSection();
        if (depth == 0) {
            firstHeading = firstHeading.or(() -> Optional.of(title));
        }
        open(new Heading(depth * LEVELS + level, title));
        this.start = start;
        this.bodyStart = bodyStart;
    }

    private void open(Heading heading) {
        while (!open.isEmpty() && open.peekLast().level() >= heading.level()) {
            open.removeLast();
        }
        open.addLast(heading);
    }

    /** Begins a document within this one: its headings are not below those of the place where it stands. */
    void enter() {
        endSection();
        around.addLast(List.copyOf(open));
        open.removeIf(heading -> heading.level() % LEVELS != 0);
    }

    /** Ends the document within this one: what comes next is where it began, or below headings further out since. */
    void leave() {
        endSection();
        List<Heading> before = around.removeLast();
        List<Heading> since = open.stream()
                .filter(heading -> heading.level() < (depth() + 1) * LEVELS && !before.contains(heading))
                .toList();
        open.clear();
        open.addAll(before);
        since.forEach(this::open);
    }

    /** How many documents there are around what comes next. */
    int depth() {
        return around.size();
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

    /** The document's first heading so far, not that of one within it. */
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
