package dev.siskin.api;

import java.util.List;

/** All collections a caller may see, by name. */
public record CollectionList(List<CollectionInfo> collections) {}
