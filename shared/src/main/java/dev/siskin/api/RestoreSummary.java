package dev.siskin.api;

/**
 * What a restored collection holds.
 *
 * @param created whether there was no collection of that name before
 * @param generation that shows it: greater than any the name had here, and than the snapshot's
 */
public record RestoreSummary(String collection, boolean created, long generation, long documents, long chunks) {}
