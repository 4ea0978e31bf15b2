/** The inference tier: from a question to a cited answer. */
@NullMarked
package dev.siskin.inference;

import org.jspecify.annotations.NullMarked;
