package dev.siskin.inference.citing;

/**
 * Part of a passage.
 *
 * @param passage index into the answer's passages
 * @param start   in the passage's text, UTF-16 units
 * @param end     exclusive
 */
record Stretch(int passage, int start, int end) {}
