/** What batches gain and cost: the admission queue and its window, before a generator of known cost. */
@NullMarked
package dev.siskin.bench.batching;

import org.jspecify.annotations.NullMarked;
