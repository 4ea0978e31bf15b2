/** The extractive generator: sentences quoted from the passages, or none. */
@NullMarked
package dev.siskin.inference.generation;

import org.jspecify.annotations.NullMarked;
