/** What an answer took: time by stage, tokens, cost, memory. */
@NullMarked
package dev.siskin.inference.accounting;

import org.jspecify.annotations.NullMarked;
