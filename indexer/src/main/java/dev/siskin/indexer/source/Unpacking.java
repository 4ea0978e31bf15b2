package dev.siskin.indexer.source;

import java.util.Optional;

/**
 * How files that hold several documents are looked into.
 *
 * @param spool where the entries of archives go
 * @param maxFileBytes that an entry may have
 * @param allowance after which an archive that is still being unpacked is given up
 * @param records what the fields of JSONL records are called; empty = the run is over documents
 */
public record Unpacking(Spool spool, long maxFileBytes, TimeAllowance allowance, Optional<RecordFields> records) {}
