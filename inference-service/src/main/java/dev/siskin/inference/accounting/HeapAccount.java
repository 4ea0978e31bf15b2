package dev.siskin.inference.accounting;

import java.util.function.LongSupplier;

/**
 * A part of the heap that somebody answers for.
 *
 * @param owner as {@code GET /v1/memory} names it
 * @param detail what it is, in words
 * @param bytes held now
 * @param capBytes that may be held
 */
public record HeapAccount(String owner, String detail, LongSupplier bytes, long capBytes) {}
