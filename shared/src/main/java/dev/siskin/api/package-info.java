/** Wire records: what goes over HTTP between clients, services and tools. */
@NullMarked
package dev.siskin.api;

import org.jspecify.annotations.NullMarked;
