/** The hot cache: answers and search results in a bounded number of bytes, and the index generations they belong to. */
@NullMarked
package dev.siskin.inference.cache;

import org.jspecify.annotations.NullMarked;
