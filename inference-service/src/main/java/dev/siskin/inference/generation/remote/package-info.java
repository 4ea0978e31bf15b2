/** Generation by an endpoint elsewhere that speaks OpenAI's chat completions. */
@NullMarked
package dev.siskin.inference.generation.remote;

import org.jspecify.annotations.NullMarked;
