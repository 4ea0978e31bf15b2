/**
 * Embedding models: model directories, tokenizer, ONNX session, vectors.
 *
 * <p>Start at {@link dev.siskin.embedding.Embedder}: it opens a {@link dev.siskin.embedding.ModelDirectory} and turns
 * texts into vectors on a small pool of platform threads. A program that only has to count or cut tokens opens a
 * {@link dev.siskin.embedding.Tokenizer} alone; so does a generator, with {@link dev.siskin.embedding.AddedTokens} beside
 * it. {@link dev.siskin.embedding.ModelFingerprint} says whether vectors made
 * elsewhere may be compared with this model's. {@link dev.siskin.embedding.NativeLibraries} lists what a launcher has
 * to set.
 */
@NullMarked
package dev.siskin.embedding;

import org.jspecify.annotations.NullMarked;
