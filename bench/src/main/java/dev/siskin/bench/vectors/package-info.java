/** Vector search in this process, with the classes of retrieval-service: recall against candidates, memory and disk. */
@NullMarked
package dev.siskin.bench.vectors;

import org.jspecify.annotations.NullMarked;
