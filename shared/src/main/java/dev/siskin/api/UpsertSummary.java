package dev.siskin.api;

/**
 * Last line of a bulk upsert's answer.
 *
 * @param generation first generation of the collection that shows these writes
 */
public record UpsertSummary(long generation, int created, int replaced, int unchanged, int failed) {}
