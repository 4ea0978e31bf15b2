/** The pipeline stage that gives every chunk its vector: one text a run, a worker a core. */
@NullMarked
package dev.siskin.indexer.embedding;

import org.jspecify.annotations.NullMarked;
