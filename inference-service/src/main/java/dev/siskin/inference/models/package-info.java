/** Which models run the tiers, and how they are replaced while the tiers answer. */
@NullMarked
package dev.siskin.inference.models;

import org.jspecify.annotations.NullMarked;
