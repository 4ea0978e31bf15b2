/** The routes that OpenAI's clients call: chat completions and models. */
@NullMarked
package dev.siskin.inference.openai;

import org.jspecify.annotations.NullMarked;
