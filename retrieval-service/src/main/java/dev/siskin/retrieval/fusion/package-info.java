/** Merging the vector side and the keyword side into one ranking, by the rule a search chooses. */
@NullMarked
package dev.siskin.retrieval.fusion;

import org.jspecify.annotations.NullMarked;
