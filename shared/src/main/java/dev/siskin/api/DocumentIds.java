package dev.siskin.api;

import java.util.List;

/** Asks for the status of some documents. */
public record DocumentIds(List<String> ids) {}
