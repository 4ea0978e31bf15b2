package dev.siskin.inference.accounting;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Memory that somebody answers for, in the heap or outside it.
 *
 * @param owner as {@code GET /v1/memory} names it
 * @param detail what it is, in words
 * @param bytes held now
 * @param capBytes that may be held; null where it does not change
 */
public record HeldBytes(
        String owner,
        String detail,
        LongSupplier bytes,
        @Nullable Long capBytes) {}
