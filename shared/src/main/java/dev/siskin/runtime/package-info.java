/**
 * What every model of text needs, whether it embeds or writes: the native libraries ({@link
 * dev.siskin.runtime.NativeLibraries} lists what a launcher has to set) and the tokenizer. A program that only has to
 * count or cut tokens opens a {@link dev.siskin.runtime.Tokenizer} alone; a generator reads {@link
 * dev.siskin.runtime.AddedTokens} beside it.
 */
@NullMarked
package dev.siskin.runtime;

import org.jspecify.annotations.NullMarked;
