/** The commands behind the launcher. */
@NullMarked
package dev.siskin.cli;

import org.jspecify.annotations.NullMarked;
