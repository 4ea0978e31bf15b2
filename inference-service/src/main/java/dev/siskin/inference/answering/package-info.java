/** The pipeline: the way of a question through the stages, and the ladder when a stage fails. */
@NullMarked
package dev.siskin.inference.answering;

import org.jspecify.annotations.NullMarked;
