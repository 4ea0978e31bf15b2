/** A closed loop of clients over HTTP, cheap enough to share the cores with the server it measures. */
@NullMarked
package dev.siskin.bench.load;

import org.jspecify.annotations.NullMarked;
