/** Text to chunks, by tokens of the embedding model, at headings, paragraphs and sentences. */
@NullMarked
package dev.siskin.indexer.splitting;

import org.jspecify.annotations.NullMarked;
