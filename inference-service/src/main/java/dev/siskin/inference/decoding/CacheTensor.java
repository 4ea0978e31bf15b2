package dev.siskin.inference.decoding;

import ai.onnxruntime.OnnxJavaType;

/**
 * One of the tensors a graph keeps keys or values in: {@code [rows, heads, tokens, headSize]}, or with keys and values in
 * one, {@code [2, rows, heads, tokens, headSize]}.
 *
 * @param past    its name as an input
 * @param present its name as an output
 * @param parts   1, or 2 for keys and values in one
 * @param type    float or half precision
 */
record CacheTensor(String past, String present, int parts, int heads, int headSize, OnnxJavaType type) {

    long[] shape(int rows, long tokens) {
        return parts == 1
                ? new long[] {rows, heads, tokens, headSize}
                : new long[] {parts, rows, heads, tokens, headSize};
    }

    /** Of one token in one head. */
    long cellBytes() {
        return (long) headSize * type.size;
    }

    /** Of one token of one row, in all heads. */
    long tokenBytes() {
        return cellBytes() * parts * heads;
    }
}
