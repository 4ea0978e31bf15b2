package dev.siskin.api;

/** Names one version of a document. */
public record DocumentVersion(String id, String contentHash) {}
