/**
 * Everything between a prompt and token ids, and back, for a decoder in this process: {@link
 * dev.siskin.inference.generation.local.LocalPrompt} writes the ids, by the model's {@link
 * dev.siskin.inference.generation.local.ChatTemplate}; {@link dev.siskin.inference.generation.local.TokenText} reads what
 * the model writes. Nothing of it is loaded where no tier is a local model.
 */
@NullMarked
package dev.siskin.inference.generation.local;

import org.jspecify.annotations.NullMarked;
