/** What both tiers must know alike of a question's words. */
@NullMarked
package dev.siskin.question;

import org.jspecify.annotations.NullMarked;
