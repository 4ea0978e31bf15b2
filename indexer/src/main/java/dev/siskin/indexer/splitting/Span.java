package dev.siskin.indexer.splitting;

import java.util.Optional;

/**
 * A range of the text, half-open, in UTF-16 units.
 *
 * @param header columns of the table that it begins within
 */
record Span(int start, int end, Optional<String> header) {}
