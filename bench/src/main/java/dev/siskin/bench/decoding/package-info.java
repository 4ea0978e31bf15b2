/** What a local decoder model writes a second, beside what ONNX Runtime alone can. */
@NullMarked
package dev.siskin.bench.decoding;

import org.jspecify.annotations.NullMarked;
