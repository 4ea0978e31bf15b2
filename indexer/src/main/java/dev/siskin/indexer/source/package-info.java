/** Where documents come from: files and folders, in a fixed order, each with its id. */
@NullMarked
package dev.siskin.indexer.source;

import org.jspecify.annotations.NullMarked;
