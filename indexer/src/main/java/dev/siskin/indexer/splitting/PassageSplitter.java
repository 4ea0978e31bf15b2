package dev.siskin.indexer.splitting;

import dev.siskin.indexer.reading.Block;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A passage to spans of at most a chunk's tokens. It is taken apart into units (sentences, or lines of code and tables)
 * which are then filled into spans of about equal length, so that no span is a leftover of a few words. A span ends
 * where a paragraph does if that leaves it at least half full, and begins with the last units of the one before as far
 * as the overlap allows. A paragraph that ends in a colon is not parted from what it introduces.
 */
final class PassageSplitter {
    /** A piece that is not cut; {@code closesBlock}: a span ends well after it. */
    private record Unit(int start, int end, boolean closesBlock) {}

    private final TokenizedText text;
    private final SplitSettings settings;

    PassageSplitter(TokenizedText text, SplitSettings settings) {
        this.text = text;
        this.settings = settings;
    }

    List<Span> split(Passage passage) {
        int start = trimmedStart(
                passage.blocks().getFirst().start(), passage.blocks().getLast().end());
        int end = trimmedEnd(start, passage.blocks().getLast().end());
        if (start == end) {
            return List.of();
        }
        if (fits(start, end)) {
            return List.of(new Span(start, end));
        }
        return fill(units(passage.blocks()), target(text.count(start, end)));
    }

    private boolean fits(int start, int end) {
        return text.count(start, end) <= settings.chunkTokens() && end - start <= settings.chunkChars();
    }

    /** Tokens of a span where all are to be as long as each other, the overlap counted. */
    private int target(int tokens) {
        int fresh = settings.chunkTokens() - settings.overlapTokens();
        int spans = Math.max(1, Math.ceilDiv(tokens - settings.overlapTokens(), fresh));
        return Math.min(settings.chunkTokens(), Math.ceilDiv(tokens, spans) + settings.overlapTokens());
    }

    private List<Span> fill(List<Unit> units, int target) {
        List<Span> spans = new ArrayList<>();
        for (int first = 0; first < units.size(); ) {
            int start = startWithOverlap(units, first);
            int last = first;
            while (last + 1 < units.size()
                    && text.count(start, units.get(last).end()) < target
                    && fits(start, units.get(last + 1).end())) {
                last++;
            }
            last = last + 1 < units.size() ? blockBorder(units, first, last, start, target) : last;
            spans.add(new Span(start, units.get(last).end()));
            first = last + 1;
        }
        return spans;
    }

    private int startWithOverlap(List<Unit> units, int first) {
        Unit next = units.get(first);
        int start = next.start();
        for (int i = first - 1; i >= 0; i--) {
            int earlier = units.get(i).start();
            boolean small = text.count(earlier, next.start()) <= settings.overlapTokens()
                    && next.start() - earlier <= settings.chunkChars() / 4;
            if (!small || !fits(earlier, next.end())) {
                break;
            }
            start = isIntroduced(units, i) ? start : earlier;
        }
        return start;
    }

    private boolean isIntroduced(List<Unit> units, int index) {
        return index > 0 && text.text().charAt(units.get(index - 1).end() - 1) == ':';
    }

    private int blockBorder(List<Unit> units, int first, int last, int start, int target) {
        for (int i = last; i >= first; i--) {
            if (text.count(start, units.get(i).end()) < target / 2) {
                break;
            }
            if (units.get(i).closesBlock()) {
                return i;
            }
        }
        return last;
    }

    private List<Unit> units(List<Block> blocks) {
        List<Unit> units = new ArrayList<>();
        for (Block block : blocks) {
            int end = trimmedEnd(block.start(), block.end());
            boolean introduces = end > block.start() && text.text().charAt(end - 1) == ':';
            switch (block.kind()) {
                case PROSE -> addSentences(block.start(), end, units);
                case LINES, TABLE -> addLines(block.start(), end, units);
            }
            if (!units.isEmpty() && !introduces) {
                Unit last = units.removeLast();
                units.add(new Unit(last.start(), last.end(), true));
            }
        }
        return units;
    }

    private void addSentences(int start, int end, List<Unit> units) {
        BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
        sentences.setText(text.text().substring(start, end));
        int from = 0;
        for (int to = sentences.next(); to != BreakIterator.DONE; to = sentences.next()) {
            addUnit(start + from, start + to, units);
            from = to;
        }
    }

    private void addLines(int start, int end, List<Unit> units) {
        for (int from = start; from < end; ) {
            int newline = text.text().indexOf('\n', from);
            int to = newline < 0 || newline >= end ? end : newline + 1;
            addUnit(from, to, units);
            from = to;
        }
    }

    /** Adds a unit without the white space around it, in pieces where it is larger than a chunk. */
    private void addUnit(int start, int end, List<Unit> units) {
        int from = trimmedStart(start, end);
        int to = trimmedEnd(from, end);
        while (from < to) {
            int cut = fits(from, to) ? to : cut(from, to);
            units.add(new Unit(from, trimmedEnd(from, cut), false));
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
