package dev.siskin.api;

import java.util.List;

/** What writes answers, highest tier first. */
public record GeneratorList(List<GeneratorStatus> generators) {}
