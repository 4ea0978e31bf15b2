/** Typed settings: defaults in code, a file, environment overrides. */
@NullMarked
package dev.siskin.settings;

import org.jspecify.annotations.NullMarked;
