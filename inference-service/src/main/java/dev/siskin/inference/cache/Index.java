package dev.siskin.inference.cache;

/** A collection of a tenant. */
public record Index(String tenant, String collection) {}
