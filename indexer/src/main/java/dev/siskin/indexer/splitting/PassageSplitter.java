package dev.siskin.indexer.splitting;

import dev.siskin.indexer.reading.Block;
import dev.siskin.indexer.reading.TableHeader;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A passage to spans of at most a chunk's tokens. It is taken apart into units (sentences, lines of code, rows of tables)
 * which are then filled into spans of about equal length, so that no span is a leftover of a few words.
 *
 * <ul>
 *   <li>Among prose and tables a span ends where a paragraph does if that leaves it at least half full. A paragraph that
 *       ends in a colon is not parted from what it introduces, nor a table's header from its first row.
 *   <li>Within code a span ends at the best border that its length allows: spans of whole functions are worth more than
 *       spans of equal length.
 *   <li>A span begins with the last sentences of the one before as far as the overlap allows. Code and rows are not
 *       repeated: a row has its header to be understood by, and half a function explains nothing of the next.
 * </ul>
 */
final class PassageSplitter {
    /** A piece that is not cut, and the border after it. */
    private record Unit(Block block, int start, int end, int border) {
        Unit withBorder(int other) {
            return new Unit(block, start, end, other);
        }

        boolean isProse() {
            return block.kind() == Block.Kind.PROSE;
        }
    }

    private final TokenizedText text;
    private final SplitSettings settings;

    PassageSplitter(TokenizedText text, SplitSettings settings) {
        this.text = text;
        this.settings = settings;
    }

    List<Span> split(Passage passage) {
        List<Block> blocks = passage.blocks();
        int start = trimmedStart(blocks.getFirst().start(), blocks.getLast().end());
        int end = trimmedEnd(start, blocks.getLast().end());
        if (start == end) {
            return List.of();
        }
        if (fits(start, end)) {
            return List.of(span(blocks.getFirst(), start, end));
        }
        return fill(units(blocks));
    }

    private static Span span(Block block, int start, int end) {
        Optional<String> header =
                block.header().filter(columns -> start >= columns.end()).map(TableHeader::text);
        return new Span(start, end, header);
    }

    private boolean fits(int start, int end) {
        return text.count(start, end) <= settings.chunkTokens() && end - start <= settings.chunkChars();
    }

    private List<Span> fill(List<Unit> units) {
        boolean overlaps = units.stream().anyMatch(Unit::isProse);
        List<Span> spans = new ArrayList<>();
        for (int first = 0; first < units.size(); ) {
            int begin = firstWithOverlap(units, first);
            int start = units.get(begin).start();
            int last = last(units, first, start, overlaps ? settings.overlapTokens() : 0);
            spans.add(span(units.get(begin).block(), start, units.get(last).end()));
            first = last + 1;
        }
        return spans;
    }

    /** Index of the last unit of a span that begins at {@code start} and has {@code first} as its first new unit. */
    private int last(List<Unit> units, int first, int start, int overlap) {
        int target = target(text.count(start, units.getLast().end()), overlap);
        int last = first;
        while (last + 1 < units.size()
                && text.count(start, units.get(last).end()) < target
                && fits(start, units.get(last + 1).end())) {
            last++;
        }
        if (last + 1 == units.size()) {
            return last;
        }
        return units.get(last).block().kind() == Block.Kind.LINES
                ? codeBorder(units, first, last, start)
                : blockBorder(units, first, last, start, target);
    }

    /** Tokens of a span where this and all that follow are to be as long as each other, the overlap counted. */
    private int target(int tokens, int overlap) {
        int spans = Math.max(1, Math.ceilDiv(tokens - overlap, settings.chunkTokens() - overlap));
        return Math.min(settings.chunkTokens(), Math.ceilDiv(tokens, spans) + overlap);
    }

    private int firstWithOverlap(List<Unit> units, int first) {
        Unit next = units.get(first);
        int begin = first;
        for (int i = first - 1; i >= 0 && units.get(i).isProse(); i--) {
            int earlier = units.get(i).start();
            boolean small = text.count(earlier, next.start()) <= settings.overlapTokens()
                    && next.start() - earlier <= settings.chunkChars() / 4;
            if (!small || !fits(earlier, next.end())) {
                break;
            }
            begin = isIntroduced(units, i) ? begin : i;
        }
        return begin;
    }

    private boolean isIntroduced(List<Unit> units, int index) {
        return index > 0 && text.text().charAt(units.get(index - 1).end() - 1) == ':';
    }

    /** The best border at which the span is at least half full, the last of those that are as good. */
    private int blockBorder(List<Unit> units, int first, int last, int start, int target) {
        int best = last;
        for (int i = last; i >= first && text.count(start, units.get(i).end()) >= target / 2; i--) {
            best = units.get(i).border() < units.get(best).border() ? i : best;
        }
        return best;
    }

    /** The best border that leaves no fragment on either side; of those that are as good, the last up to {@code last}. */
    private int codeBorder(List<Unit> units, int first, int last, int start) {
        int end = units.getLast().end();
        int best = -1;
        for (int i = first; i + 1 < units.size() && fits(start, units.get(i).end()); i++) {
            boolean fragment = text.count(start, units.get(i).end()) < settings.fragmentTokens()
                    || text.count(units.get(i + 1).start(), end) < settings.fragmentTokens();
            if (fragment) {
                continue;
            }
            int gain = best < 0 ? 1 : units.get(best).border() - units.get(i).border();
            best = gain > 0 || (gain == 0 && i <= last) ? i : best;
        }
        return best < 0 ? last : best;
    }

    private List<Unit> units(List<Block> blocks) {
        List<Unit> units = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            int end = trimmedEnd(block.start(), block.end());
            boolean introduces = false;
            switch (block.kind()) {
                case PROSE -> {
                    introduces = end > block.start() && text.text().charAt(end - 1) == ':';
                    addSentences(block, end, units);
                }
                case TABLE -> addRows(block, end, units);
                case LINES -> {
                    while (i + 1 < blocks.size() && blocks.get(i + 1).kind() == Block.Kind.LINES) {
                        i++;
                    }
                    addCode(block, blocks.get(i).end(), units);
                }
            }
            if (!units.isEmpty()) {
                units.add(units.removeLast().withBorder(introduces ? Border.JOINED : Border.BLOCK));
            }
        }
        return units;
    }

    private void addSentences(Block block, int end, List<Unit> units) {
        BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
        int start = block.start();
        sentences.setText(text.text().substring(start, end));
        int from = 0;
        for (int to = sentences.next(); to != BreakIterator.DONE; to = sentences.next()) {
            addUnit(block, start + from, start + to, Border.UNIT, units);
            from = to;
        }
    }

    private void addRows(Block block, int end, List<Unit> units) {
        int rowsStart = block.header().map(TableHeader::end).orElse(block.start());
        for (int from = block.start(); from < end; ) {
            int newline = text.text().indexOf('\n', from);
            int to = newline < 0 || newline >= end ? end : newline + 1;
            addUnit(block, from, to, from < rowsStart ? Border.JOINED : Border.UNIT, units);
            from = to;
        }
    }

    /** Blocks of code in a row are one text, whose blank lines mean less than its indentation. */
    private void addCode(Block block, int end, List<Unit> units) {
        for (CodeLines.Line line : CodeLines.of(text.text(), block.start(), end)) {
            addUnit(block, line.start(), line.end(), line.border(), units);
        }
    }

    /** Adds a unit without the white space around it, in pieces where it is larger than a chunk. */
    private void addUnit(Block block, int start, int end, int border, List<Unit> units) {
        int from = trimmedStart(start, end);
        int to = trimmedEnd(from, end);
        while (from < to) {
            int cut = fits(from, to) ? to : cut(from, to);
            units.add(new Unit(block, from, trimmedEnd(from, cut), cut == to ? border : Border.UNIT));
            from = trimmedStart(cut, to);
        }
    }

    /** Where to cut a unit that is too long: before white space, else between characters. */
    private int cut(int start, int end) {
        int furthest = Math.min(text.offsetAfter(start, settings.chunkTokens(), end), start + settings.chunkChars());
        int least = start + (furthest - start) / 2;
        for (int i = furthest; i > least; i--) {
            if (i < end && Character.isWhitespace(text.text().charAt(i))) {
                return i;
            }
        }
        boolean insidePair = furthest < end
                && Character.isLowSurrogate(text.text().charAt(furthest))
                && Character.isHighSurrogate(text.text().charAt(furthest - 1));
        int whole = insidePair ? furthest - 1 : furthest;
        return whole > start ? whole : Math.min(end, start + 2);
    }

    private int trimmedStart(int start, int end) {
        int from = start;
        while (from < end && Character.isWhitespace(text.text().charAt(from))) {
            from++;
        }
        return from;
    }

    private int trimmedEnd(int start, int end) {
        int to = end;
        while (to > start && Character.isWhitespace(text.text().charAt(to - 1))) {
            to--;
        }
        return to;
    }
}
