/** Quotes made readable, numbered, and checked against their passage. */
@NullMarked
package dev.siskin.inference.citing;

import org.jspecify.annotations.NullMarked;
