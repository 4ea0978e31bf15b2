package dev.siskin.indexer.reading;

import java.util.List;

/**
 * A heading and what stands under it up to the next heading of any level.
 *
 * @param path headings from the document's top down to this one; empty before the first heading
 * @param start offset of the heading's line, UTF-16 units; where there is no heading, of the first block
 * @param bodyStart offset after the heading's line
 */
public record Section(List<String> path, int start, int bodyStart, List<Block> blocks) {
    public Section {
        path = List.copyOf(path);
        blocks = List.copyOf(blocks);
    }

    /** Offset after the last block; {@link #bodyStart} where there is none. */
    public int end() {
        return blocks.isEmpty() ? bodyStart : blocks.getLast().end();
    }
}
