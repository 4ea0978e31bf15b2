/** Embedding models: model directories, tokenizer, ONNX session, vectors. */
@NullMarked
package dev.siskin.embedding;

import org.jspecify.annotations.NullMarked;
