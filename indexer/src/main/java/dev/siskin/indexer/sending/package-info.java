/** The pipeline stage that speaks to the retrieval-service: what it has, what it gets, when it is busy. */
@NullMarked
package dev.siskin.indexer.sending;

import org.jspecify.annotations.NullMarked;
