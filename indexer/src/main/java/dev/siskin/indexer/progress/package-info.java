/** What a run has done so far, and what it says of it: bar, lines, final report. */
@NullMarked
package dev.siskin.indexer.progress;

import org.jspecify.annotations.NullMarked;
