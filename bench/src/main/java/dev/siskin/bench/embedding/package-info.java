/** How many tokens a second are embedded: by the runtime alone, and what is compared with it. */
@NullMarked
package dev.siskin.bench.embedding;

import org.jspecify.annotations.NullMarked;
