package dev.siskin.api;

import java.util.List;

/** The snapshots of a collection, oldest first. */
public record SnapshotList(List<SnapshotInfo> snapshots) {}
