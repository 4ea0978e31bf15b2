/** The language models that write answers, as folders on disk: where they are found and what is in them. */
@NullMarked
package dev.siskin.generators;

import org.jspecify.annotations.NullMarked;
