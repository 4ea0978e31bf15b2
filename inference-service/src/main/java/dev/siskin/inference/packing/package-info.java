/** Which of the retrieved chunks the generator reads. */
@NullMarked
package dev.siskin.inference.packing;

import org.jspecify.annotations.NullMarked;
