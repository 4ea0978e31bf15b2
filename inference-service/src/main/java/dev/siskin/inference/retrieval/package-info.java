/** The client of the retrieval tier. */
@NullMarked
package dev.siskin.inference.retrieval;

import org.jspecify.annotations.NullMarked;
