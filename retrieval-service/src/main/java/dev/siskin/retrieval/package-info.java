/** The retrieval tier: collections of chunks on disk, the top-k over HTTP. */
@NullMarked
package dev.siskin.retrieval;

import org.jspecify.annotations.NullMarked;
