/** Which generation tiers a request may use, and which one it gets. */
@NullMarked
package dev.siskin.inference.routing;

import org.jspecify.annotations.NullMarked;
