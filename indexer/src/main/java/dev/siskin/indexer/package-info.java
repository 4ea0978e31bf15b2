/** Batch indexing: read, split, embed, send. */
@NullMarked
package dev.siskin.indexer;

import org.jspecify.annotations.NullMarked;
