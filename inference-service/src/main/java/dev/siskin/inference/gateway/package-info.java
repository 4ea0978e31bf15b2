/** HTTP in and out: routes, and what a failure of a stage becomes on the wire. */
@NullMarked
package dev.siskin.inference.gateway;

import org.jspecify.annotations.NullMarked;
