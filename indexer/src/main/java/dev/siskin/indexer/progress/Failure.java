package dev.siskin.indexer.progress;

/**
 * A document that is not in the collection as it is on disk.
 *
 * @param document its id, or its path where it has none
 * @param reason why, one line
 * @param remedy what the user can do
 */
public record Failure(String document, String reason, String remedy) {}
