/**
 * Embedding models: model directories, ONNX session, vectors.
 *
 * <p>Start at {@link dev.siskin.embedding.Embedder}: it opens a {@link dev.siskin.embedding.ModelDirectory} and turns
 * texts into vectors on a small pool of platform threads. {@link dev.siskin.embedding.ModelFingerprint} says whether
 * vectors made elsewhere may be compared with this model's.
 */
@NullMarked
package dev.siskin.embedding;

import org.jspecify.annotations.NullMarked;
