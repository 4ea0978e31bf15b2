package dev.siskin.indexer.reading;

import dev.siskin.indexer.source.TimeAllowance;
import java.time.Duration;

/**
 * What one file may take.
 *
 * @param maxFileBytes a larger file is reported, not read
 * @param maxChars a longer text is reported, not indexed
 * @param timeout after which a parser that gives no further text is given up
 * @param allowance after which a parser that still gives text is given up; its waiting for whoever takes the text is free
 * @param parserBytes heap of the process that parses
 */
public record ReadLimits(
        long maxFileBytes, int maxChars, Duration timeout, TimeAllowance allowance, long parserBytes) {}
