package dev.siskin.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Deletes documents by ids or by filter; exactly one of the two. */
public record DeleteRequest(
        @Nullable List<String> ids, @Nullable Filter filter) {}
