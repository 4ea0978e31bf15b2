/**
 * A decoder model at work on ONNX Runtime: loading, KV cache, sampling, batching. Knows token ids alone; texts are its
 * callers' business.
 */
@NullMarked
package dev.siskin.inference.decoding;

import org.jspecify.annotations.NullMarked;
