/** How vectors are laid out on disk: the one place that names a Lucene vector format. */
@NullMarked
package dev.siskin.retrieval.codec;

import org.jspecify.annotations.NullMarked;
