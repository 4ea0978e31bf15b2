/** Load on inference-service, before stand-ins of what it asks whose cost is known. */
@NullMarked
package dev.siskin.bench.serving;

import org.jspecify.annotations.NullMarked;
