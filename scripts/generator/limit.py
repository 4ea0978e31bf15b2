"""How fast a token could be written if reading the weights were all there is to it.

    python limit.py MODEL_FOLDER [--threads 2]

Prints a JSON line: `bytes_per_token`, the weights of its matrix products, and `limit_tokens_per_s`,
that many bytes at the bandwidth at which so many threads add up a block of memory larger than the caches.
"""

import argparse
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx

MATRIX_PRODUCTS = {"MatMul", "MatMulNBits", "MatMulInteger", "DynamicQuantizeMatMul", "Gemm"}
BLOCK = 1 << 30
ROUNDS = 7


def bytes_read(graph_file):
    """Bytes of the weights of matrix products: a step reads them whole, of other large tables a row."""
    graph = onnx.load(graph_file, load_external_data=False).graph
    read = {name for node in graph.node if node.op_type in MATRIX_PRODUCTS for name in node.input}
    total = 0
    for tensor in graph.initializer:
        if tensor.name in read:
            size = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
            total += int(np.prod(tensor.dims)) * size
    return total


def bandwidth(threads):
    """Bytes a second, the best of some rounds."""
    block = np.ones(BLOCK // 8, np.int64)
    parts = np.array_split(block, threads)
    best = 0.0
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            list(pool.map(np.sum, parts))
            best = max(best, block.nbytes / (time.perf_counter() - begin))
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path, help="a folder of speed_models.py")
    parser.add_argument("--threads", type=int, default=2)
    a = parser.parse_args()
    count, speed = bytes_read(a.model / "model.onnx"), bandwidth(a.threads)
    print(
        json.dumps(
            {
                "model": a.model.name,
                "threads": a.threads,
                "bytes_per_token": count,
                "gigabytes_per_s": round(speed / 1e9, 2),
                "limit_tokens_per_s": round(speed / count, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
