package dev.siskin.indexer.splitting;

import dev.siskin.indexer.reading.Block;
import java.util.List;

/**
 * What chunks are made of without crossing its borders: a section, or several small ones.
 *
 * @param path headings above all of it
 */
record Passage(List<String> path, List<Block> blocks) {}
