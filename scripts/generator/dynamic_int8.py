"""Makes the dynamic int8 graph of a model: int8 weights, activations quantized at run time with one scale a tensor.

    python dynamic_int8.py MODEL OUT

MODEL is a folder in the HF layout with onnx/model.onnx, OUT becomes its copy with onnx/model_quantized.onnx alone.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import onnx
import onnxruntime
from onnxruntime.quantization import QuantType, quantize_dynamic


def main():
    model, out = Path(sys.argv[1]), Path(sys.argv[2])
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(model, out, ignore=shutil.ignore_patterns("onnx"))
    (out / "onnx").mkdir()
    with tempfile.TemporaryDirectory() as work:
        # weights that the graph computes from others become plain ones, which alone are quantized
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(Path(work) / "model.onnx")
        onnxruntime.InferenceSession(model / "onnx" / "model.onnx", options, providers=["CPUExecutionProvider"])
        whole = onnx.load(options.optimized_model_filepath, load_external_data=False)
        onnx.load_external_data_for_model(whole, str(model / "onnx"))
        onnx.save(whole, options.optimized_model_filepath)
        target = out / "onnx" / "model_quantized.onnx"
        quantize_dynamic(options.optimized_model_filepath, target, weight_type=QuantType.QInt8, reduce_range=True)
    print(target, target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
