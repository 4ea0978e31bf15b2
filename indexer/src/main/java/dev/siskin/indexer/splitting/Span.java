package dev.siskin.indexer.splitting;

/** A range of the text, half-open, in UTF-16 units. */
record Span(int start, int end) {}
