package dev.siskin.api;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Stored content hash by document id; null where the document is not stored (or was stored without a hash). */
public record DocumentHashes(Map<String, @Nullable String> contentHashes) {}
