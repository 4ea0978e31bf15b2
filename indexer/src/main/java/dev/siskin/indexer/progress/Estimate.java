package dev.siskin.indexer.progress;

/**
 * What it would take to embed what changed, from a sample of the files.
 *
 * @param seconds of all threads working side by side
 */
public record Estimate(long tokens, long seconds) {}
