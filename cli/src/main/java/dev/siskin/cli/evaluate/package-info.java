/** Measures retrieval over judged queries and compares the figures with earlier ones. */
@NullMarked
package dev.siskin.cli.evaluate;

import org.jspecify.annotations.NullMarked;
