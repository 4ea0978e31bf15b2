package dev.siskin.embedding;

/**
 * One text's vector and what was read of it.
 *
 * @param vector {@code [dimensions]}, of length 1 where the manifest says {@code normalise}; owned by the receiver
 * @param tokens tokens the model ran on, prefix and special tokens included
 * @param truncated whether the text had more tokens than the model takes, so that its end is not in the vector
 */
@SuppressWarnings("ArrayRecordComponent") // a copy of every vector for every reader would be garbage by the megabyte
public record Embedding(float[] vector, int tokens, boolean truncated) {}
