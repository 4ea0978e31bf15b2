package dev.siskin.api;

/** What a delete removed, and the generation that shows it. */
public record DeleteSummary(long deleted, long generation) {}
