/** A request checked, normalised and cut to size, without any model. */
@NullMarked
package dev.siskin.inference.shaping;

import org.jspecify.annotations.NullMarked;
