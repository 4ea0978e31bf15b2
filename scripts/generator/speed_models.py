"""Makes random-weight models of real shape, to measure speed with: ONNX graphs and the same shape for llama.cpp.

    python speed_models.py OUT [qwen2.5-0.5b] [smollm2-135m]

OUT/SHAPE-int4 and OUT/SHAPE-int8 are folders in the onnxruntime-genai layout (GroupQueryAttention, MatMulNBits in
blocks of 32, accuracy level 4; int4 shares one matrix between embedding and output). OUT/SHAPE-dynamic8 is the same graph
quantized as most `model_quantized.onnx` are: a scale for each column of a weight, and activations of 8 bits with one scale
a run. OUT/SHAPE-q4_0.gguf and
OUT/SHAPE-q8_0.gguf have every matrix in that one type. A weight takes 4.5 and 8.5 bits in GGUF (fp16 scales), 5 and 9
in ONNX (fp32 scales). Takes up to 7.3 GB of memory and 5 GB below OUT while it works (qwen2.5-0.5b).
"""

import gc
import json
import logging
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import onnx
import torch
import transformers

import tiny_tokenizers
from exports import genai_builder, quiet

BLOCK = 32
CONTEXT = 4096


@dataclass
class Shape:
    architecture: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    ffn: int
    vocabulary: int
    rope_theta: float


SHAPES = {
    "qwen2.5-0.5b": Shape("qwen2", 24, 896, 14, 2, 4864, 151936, 1e6),
    "smollm2-135m": Shape("llama", 30, 576, 9, 3, 1536, 49152, 1e5),
}


def random_checkpoint(shape, folder):
    config_type = {"qwen2": transformers.Qwen2Config, "llama": transformers.LlamaConfig}[shape.architecture]
    end = shape.vocabulary - 1
    config = config_type(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.ffn,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=CONTEXT,
        rope_theta=shape.rope_theta,
        rms_norm_eps=1e-6,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=end,
        pad_token_id=end,
        dtype="float32",
    )
    torch.manual_seed(1)
    model = transformers.AutoModelForCausalLM.from_config(config)
    model.generation_config = transformers.GenerationConfig(bos_token_id=0, eos_token_id=end, pad_token_id=end)
    model.save_pretrained(folder)
    # any tokenizer will do: speed is measured on ids
    tiny_tokenizers.make("chatml").save_pretrained(folder)


def to_int8(source, target):
    """The builder of this release knows int4 alone; this is its way to int4 on its fp32 graph, with eight bits. The
    embedding stays fp32: a row of it is read a token."""
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    model = onnx.load(source / "model.onnx")
    quantizer = MatMulNBitsQuantizer(model, bits=8, block_size=BLOCK, is_symmetric=True, accuracy_level=4)
    quantizer.process()
    save_beside(source, quantizer.model.model, target)


def to_dynamic(source, target):
    """Weights of 8 bits, activations too, quantized as they come."""
    from onnxruntime.quantization import QuantType
    from onnxruntime.quantization.onnx_quantizer import ONNXQuantizer
    from onnxruntime.quantization.quant_utils import QuantizationMode
    from onnxruntime.quantization.registry import IntegerOpsRegistry

    quantizer = ONNXQuantizer(
        onnx.load(source / "model.onnx"),
        per_channel=True,
        reduce_range=False,
        mode=QuantizationMode.IntegerOps,
        static=False,
        weight_qType=QuantType.QInt8,
        activation_qType=QuantType.QUInt8,
        tensors_range=None,
        nodes_to_quantize=[],
        nodes_to_exclude=[],
        op_types_to_quantize=["MatMul"],
        extra_options={"MatMulConstBOnly": True},
    )
    quantizer.quantize_model()
    save_beside(source, quantizer.model.model, target)


def save_beside(source, model, target):
    """With the other files of the source's folder."""
    target.mkdir(parents=True)
    for file in source.iterdir():
        if not file.name.startswith("model.onnx"):
            shutil.copy(file, target / file.name)
    data = "model.onnx.data"
    onnx.save(model, target / "model.onnx", save_as_external_data=True, location=data, size_threshold=1024)
    (target / data).chmod(0o644)


def onnx_models(name, shape, out):
    work, int4, int8, dynamic = (out / f"{name}-{kind}" for kind in ("work", "int4", "int8", "dynamic8"))
    for folder in (work, int4, int8, dynamic):
        shutil.rmtree(folder, ignore_errors=True)
    random_checkpoint(shape, work / "hf")

    def build(target, precision, **options):
        gc.collect()
        with quiet():
            genai_builder().create_model(
                name, str(work / "hf"), str(target), precision, "cpu", str(work / "cache"), **options
            )

    build(int4, "int4", int4_block_size=BLOCK, int4_accuracy_level=4, int4_algo_config="rtn", shared_embeddings=True)
    report(int4)
    build(work / "fp32", "fp32")
    shutil.rmtree(work / "hf")
    gc.collect()
    to_int8(work / "fp32", int8)
    report(int8)
    gc.collect()
    to_dynamic(work / "fp32", dynamic)
    report(dynamic)
    shutil.rmtree(work)


def random_blocks(draw, rows, columns, kind):
    """Random quantized rows: each block of 32 is an fp16 scale and 16 bytes of nibbles or 32 int8."""
    values, scale = (16, 0.0043) if kind == gguf.GGMLQuantizationType.Q4_0 else (32, 0.00027)
    blocks = np.empty((rows, columns // BLOCK, 2 + values), np.uint8)
    blocks[..., :2] = np.frombuffer(np.float16(scale).tobytes(), np.uint8)
    blocks[..., 2:] = draw.integers(0, 256, (rows, columns // BLOCK, values), np.uint8)
    return blocks.reshape(rows, -1)


def gguf_model(name, shape, path, kind):
    draw = np.random.default_rng(1)
    writer = gguf.GGUFWriter(path, shape.architecture)
    size = shape.hidden // shape.heads
    writer.add_name(name)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.ffn)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(shape.rope_theta)
    writer.add_rope_dimension_count(size)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_tokenizer_model("no_vocab")

    def matrix(tensor, rows, columns):
        writer.add_tensor(f"{tensor}.weight", random_blocks(draw, rows, columns, kind), raw_dtype=kind)

    def vector(tensor, length, value):
        writer.add_tensor(tensor, np.full(length, value, np.float32))

    matrix("token_embd", shape.vocabulary, shape.hidden)
    vector("output_norm.weight", shape.hidden, 1.0)
    for layer in range(shape.layers):
        block = f"blk.{layer}"
        vector(f"{block}.attn_norm.weight", shape.hidden, 1.0)
        vector(f"{block}.ffn_norm.weight", shape.hidden, 1.0)
        for part, rows in (("q", shape.hidden), ("k", size * shape.kv_heads), ("v", size * shape.kv_heads)):
            matrix(f"{block}.attn_{part}", rows, shape.hidden)
            if shape.architecture == "qwen2":
                vector(f"{block}.attn_{part}.bias", rows, 0.01)
        matrix(f"{block}.attn_output", shape.hidden, shape.hidden)
        matrix(f"{block}.ffn_gate", shape.ffn, shape.hidden)
        matrix(f"{block}.ffn_up", shape.ffn, shape.hidden)
        matrix(f"{block}.ffn_down", shape.hidden, shape.ffn)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    report(path)


def report(path):
    files = [path] if path.is_file() else list(path.iterdir())
    print(json.dumps({"model": path.name, "bytes": sum(f.stat().st_size for f in files)}), flush=True)


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)
    for name in sys.argv[2:] or SHAPES:
        shape = SHAPES[name]
        gguf_model(name, shape, out / f"{name}-q4_0.gguf", gguf.GGMLQuantizationType.Q4_0)
        gguf_model(name, shape, out / f"{name}-q8_0.gguf", gguf.GGMLQuantizationType.Q8_0)
        onnx_models(name, shape, out)


if __name__ == "__main__":
    main()
