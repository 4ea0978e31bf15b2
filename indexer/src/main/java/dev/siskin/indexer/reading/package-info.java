/** Bytes to text: one string a document, with its sections, blocks and pages as offsets into it. */
@NullMarked
package dev.siskin.indexer.reading;

import org.jspecify.annotations.NullMarked;
