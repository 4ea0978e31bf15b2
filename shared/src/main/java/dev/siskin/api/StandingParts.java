package dev.siskin.api;

import java.util.List;

/**
 * The parts that are here, and durable, of a version of a document whose last part has not come.
 *
 * @param chunks of all of them
 * @param digests {@link PartDigest} of each, in order
 */
public record StandingParts(int chunks, List<String> digests) {}
