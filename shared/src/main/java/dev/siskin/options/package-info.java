/** Options of commands that more than one program has. For programs that bring picocli with them. */
@NullMarked
package dev.siskin.options;

import org.jspecify.annotations.NullMarked;
