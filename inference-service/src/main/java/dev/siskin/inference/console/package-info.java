/** The page at the root. */
@NullMarked
package dev.siskin.inference.console;

import org.jspecify.annotations.NullMarked;
