/** Merging the vector side and the keyword side into one ranking. */
@NullMarked
package dev.siskin.retrieval.fusion;

import org.jspecify.annotations.NullMarked;
