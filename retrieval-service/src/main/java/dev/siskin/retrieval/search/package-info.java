/** Searching one generation of a collection: candidates of both sides, their exact scores, hits and highlights. */
@NullMarked
package dev.siskin.retrieval.search;

import org.jspecify.annotations.NullMarked;
