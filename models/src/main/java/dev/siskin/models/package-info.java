/** Rewrites the graphs of the embedding models that Siskin ships with, while it is built. */
@NullMarked
package dev.siskin.models;

import org.jspecify.annotations.NullMarked;
