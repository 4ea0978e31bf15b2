/** Where the memory of a process is read from the kernel. */
@NullMarked
package dev.siskin.memory;

import org.jspecify.annotations.NullMarked;
