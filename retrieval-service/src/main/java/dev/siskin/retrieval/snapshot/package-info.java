/** Snapshots of collections, the tar they travel in, and the way back. */
@NullMarked
package dev.siskin.retrieval.snapshot;

import org.jspecify.annotations.NullMarked;
