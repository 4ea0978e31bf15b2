/** Conditions on metadata as Lucene queries. */
@NullMarked
package dev.siskin.retrieval.filter;

import org.jspecify.annotations.NullMarked;
