/** Keeps calls from endpoints that are down. */
@NullMarked
package dev.siskin.inference.circuit;

import org.jspecify.annotations.NullMarked;
