/** Making a collection's vectors anew, beside the index in use. */
@NullMarked
package dev.siskin.retrieval.reembed;

import org.jspecify.annotations.NullMarked;
