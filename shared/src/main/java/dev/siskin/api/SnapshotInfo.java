package dev.siskin.api;

import java.time.Instant;

/**
 * A snapshot of a collection.
 *
 * @param generation of the collection that it holds
 * @param bytes of its index files
 */
public record SnapshotInfo(String id, String collection, long generation, long bytes, Instant created) {}
