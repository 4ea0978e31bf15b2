/** The data set of the vector measurements: passages of real texts, their embeddings, questions and exact neighbours. */
@NullMarked
package dev.siskin.bench.dataset;

import org.jspecify.annotations.NullMarked;
