/** Collections on disk: names, manifests, the schema, the writer, and readers of one generation. */
@NullMarked
package dev.siskin.retrieval.collection;

import org.jspecify.annotations.NullMarked;
