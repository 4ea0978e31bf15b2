"""Writes the model folder from a checkpoint: weights, graphs, configuration.

    python export.py --checkpoint WORK/last.pt --tokenizer OUT --out MODEL
"""

import argparse
import json
import shutil
from pathlib import Path

import torch

import graphs
import quantize
from model import CONFIG, Decoder

# The runtime rounds activations to int8 in blocks, each row by itself. At level 0 they stay fp32, and the 8-bit graph takes
# 18 times as long for a token: onnxruntime 1.29 has no kernel for that.
ACCURACY_LEVEL = 4


def state_of(checkpoint):
    """The trained weights, fp32, under their Hugging Face names."""
    model = Decoder()
    model.load_state_dict(torch.load(checkpoint, weights_only=True)["model"])
    return {name: value.numpy() for name, value in model.hf_state().items()}


def rounded(state, four=False):
    """What the graphs compute with: every matrix rounded; embedding and logits always to 8 bits."""
    result = {}
    for name, weight in state.items():
        if weight.ndim != 2:
            result[name] = weight
        elif four and "embed" not in name:
            result[name] = quantize.from_int4(*quantize.int4(weight))
        else:
            result[name] = quantize.from_int8(*quantize.int8(weight))
    return result


def transformers_model(state):
    from transformers import LlamaConfig, LlamaForCausalLM

    model = LlamaForCausalLM(LlamaConfig(**{k: v for k, v in CONFIG.items() if k != "architectures"}))
    missing, unexpected = model.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()}, strict=False)
    assert set(missing) <= {"lm_head.weight"} and not unexpected, (missing, unexpected)
    model.tie_weights()
    return model.eval()


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--checkpoint", type=Path, required=True)
    a.add_argument("--tokenizer", type=Path, required=True)
    a.add_argument("--out", type=Path, required=True)
    o = a.parse_args()
    onnx = o.out / "onnx"
    onnx.mkdir(parents=True, exist_ok=True)
    state = state_of(o.checkpoint)
    eight = graphs.write_int8(state, onnx / "model_int8.onnx_data")
    four = graphs.write_int4(state, onnx / "model_q4.onnx_data")
    graphs.plain(eight, onnx / "model.onnx")
    graphs.quantized(eight, None, onnx / "model_int8.onnx", ACCURACY_LEVEL)
    graphs.quantized(eight, four, onnx / "model_q4.onnx", ACCURACY_LEVEL)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copyfile(o.tokenizer / name, o.out / name)
    write = lambda name, value: (o.out / name).write_text(json.dumps(value, indent=2) + "\n")
    write("config.json", CONFIG)
    write("generation_config.json", {"eos_token_id": [0], "pad_token_id": 0, "do_sample": False})


if __name__ == "__main__":
    main()
