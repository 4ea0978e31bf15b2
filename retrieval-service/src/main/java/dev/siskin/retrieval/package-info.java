/** The retrieval service: its composition root and its settings. */
@NullMarked
package dev.siskin.retrieval;

import org.jspecify.annotations.NullMarked;
