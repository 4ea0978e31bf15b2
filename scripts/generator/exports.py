"""Exports a folder of transformers to ONNX: the layouts and precisions that people download. See tiny_models.py."""

import contextlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import onnx


def export_optimum(source, target):
    """HF layout: configs beside onnx/model.onnx, a graph with a plain concatenated cache and position_ids."""
    from optimum.exporters.onnx import main_export

    with tempfile.TemporaryDirectory() as work:
        with quiet():
            main_export(str(source), work, task="text-generation-with-past", do_validation=False)
        model = onnx.load(Path(work) / "model.onnx")
    copy_configs(source, target)
    save(model, target / "onnx" / "model.onnx")
    return "onnx/model.onnx"


@contextlib.contextmanager
def quiet():
    """The exporters talk a lot; what goes wrong comes as an exception."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        yield


def genai_builder():
    """The builder is a script that imports its neighbours by their bare names."""
    import onnxruntime_genai.models

    sys.path.append(onnxruntime_genai.models.__path__[0])
    import builder

    return builder


def export_genai(source, target, precision, options):
    """onnxruntime-genai layout: everything in one folder, genai_config.json, GroupQueryAttention."""
    with tempfile.TemporaryDirectory() as work:
        out = Path(work) / "out"
        with quiet():
            cache = str(Path(work) / "cache")
            genai_builder().create_model("tiny", str(source), str(out), precision, "cpu", cache, **options)
        model = onnx.load(out / "model.onnx")
        target.mkdir(parents=True, exist_ok=True)
        for file in out.iterdir():
            if not file.name.startswith("model.onnx"):
                shutil.copy(file, target / file.name)
    # the builder always writes model.onnx.data beside the graph; so do we
    save(model, target / "model.onnx", external="model.onnx.data")
    return "model.onnx"


def copy_configs(source, target):
    target.mkdir(parents=True, exist_ok=True)
    for file in Path(source).iterdir():
        if file.suffix in (".json", ".jinja"):
            shutil.copy(file, target / file.name)


def save(model, path, external=None):
    """Saves without what a test need not carry: doc strings, node names, inferred shapes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for file in (path, path.parent / (external or "")):
        if file.is_file():
            file.unlink()
    slim(model.graph)
    del model.metadata_props[:]
    if external:
        onnx.save(model, path, save_as_external_data=True, location=external, size_threshold=512)
        (path.parent / external).chmod(0o644)
    else:
        onnx.save(model, path)


def slim(graph):
    del graph.value_info[:]
    graph.doc_string = ""
    kept = {v.name for v in [*graph.input, *graph.output]}
    short = {}
    for node in graph.node:
        node.name, node.doc_string = "", ""
        del node.metadata_props[:]
        if any(a.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) for a in node.attribute):
            return
    for node in graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name.startswith("/") and name not in kept:
                    names[i] = short.setdefault(name, f"v{len(short)}")
    for tensor in graph.initializer:
        tensor.name = short.get(tensor.name, tensor.name)


def to_int8(folder, source_graph, name):
    """What transformers.js calls model_quantized.onnx: int8 weights, activations quantized at run time."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    target = folder / "onnx" / name
    # reduced range: the same sums on processors whose int8 product saturates and on those whose does not
    quantize_dynamic(folder / source_graph, target, weight_type=QuantType.QInt8, reduce_range=True)
    model = onnx.load(target)
    save(model, target)
    (folder / source_graph).unlink()
    return f"onnx/{name}"


def to_int4(folder, source_graph, name, external=False, symmetric=False):
    """What transformers.js calls model_q4.onnx: MatMulNBits, blocks of 32, with zero points unless symmetric."""
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    model = onnx.load(folder / source_graph)
    quantizer = MatMulNBitsQuantizer(model, bits=4, block_size=32, is_symmetric=symmetric, accuracy_level=4)
    quantizer.process()
    (folder / source_graph).unlink()
    save(quantizer.model.model, folder / "onnx" / name, external=f"{name}_data" if external else None)
    return f"onnx/{name}"


def to_fp16(folder, source_graph, name, keep=()):
    """Weights, cache and logits in fp16 (`keep`: outputs that stay fp32)."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model = onnx.load(folder / source_graph)
    model = onnx.shape_inference.infer_shapes(model)
    half = convert_float_to_float16(model, keep_io_types=list(keep), disable_shape_infer=True)
    (folder / source_graph).unlink()
    save(half, folder / "onnx" / name)
    return f"onnx/{name}"


def hf_layout(folder, graph, name):
    """Turns a genai folder into the HF layout: the same graph under onnx/, without genai_config.json."""
    model = onnx.load(folder / graph)
    for file in (graph, "model.onnx.data", "genai_config.json"):
        (folder / file).unlink()
    save(model, folder / "onnx" / name, external=f"{name}_data")
    return f"onnx/{name}"


def optimum(*steps):
    def build(source, target):
        graph = export_optimum(source, target)
        for step, arguments in steps:
            graph = step(target, graph, **arguments)
        return graph

    return build


def genai(precision, *steps, **options):
    def build(source, target):
        graph = export_genai(source, target, precision, options)
        for step, arguments in steps:
            graph = step(target, graph, **arguments)
        return graph

    return build


def genai_as_hf(precision, name, **options):
    def build(source, target):
        graph = export_genai(source, target, precision, options)
        copy_configs(source, target)
        return hf_layout(target, graph, name)

    return build


def gqa_q4f16(source, target):
    """What transformers.js calls model_q4f16.onnx, of a GroupQueryAttention graph: int4 weights, the rest in fp16."""
    graph = hf_layout(target, export_genai(source, target, "fp32", {}), "model.onnx")
    copy_configs(source, target)
    half = to_fp16(target, graph, "model_fp16.onnx", keep=["logits"])
    (target / "onnx" / "model.onnx_data").unlink()
    return to_int4(target, half, "model_q4f16.onnx", external=True)


def hide_head_size(folder, graph):
    """Builders since 0.14 give the head size of the cache a name in place of a number; genai_config.json has it."""
    model = onnx.load(folder / graph)
    for value in [*model.graph.input, *model.graph.output]:
        if "key_values" in value.name or "present" in value.name:
            value.type.tensor_type.shape.dim[3].dim_param = "kv_cache_dim"
    save(model, folder / graph, external="model.onnx.data")
    return graph


def smollm3_genai(source, target):
    """Builds the weights as a Llama and takes the rotation out of every second layer: the builder's own way for
    SmolLM3 asks for position_ids, which its graphs for the CPU do not have."""
    with tempfile.TemporaryDirectory() as work:
        llama = Path(work)
        for file in Path(source).iterdir():
            shutil.copy(file, llama / file.name)
        config = json.loads((llama / "config.json").read_text())
        config |= {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}
        config |= {"tie_word_embeddings": True}  # which SmolLM3 leaves unsaid
        write_json(llama / "config.json", config)
        graph = export_genai(llama, target, "fp32", {})
    model = onnx.load(target / graph)
    attentions = [node for node in model.graph.node if node.op_type == "GroupQueryAttention"]
    for node, rotated in zip(attentions, config["no_rope_layers"]):
        if not rotated:
            next(a for a in node.attribute if a.name == "do_rotary").i = 0
            node.input[7], node.input[8] = "", ""
    save(model, target / graph, external="model.onnx.data")
    genai_config = json.loads((target / "genai_config.json").read_text())
    genai_config["model"]["type"] = "smollm3"
    write_json(target / "genai_config.json", genai_config)
    return graph


def write_json(path, value):
    text = json.dumps(value, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
