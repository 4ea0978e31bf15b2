"""Makes tiny random-weight models of the architectures that people download, in the layouts they download them in.

    python tiny_models.py OUT [NAME...]

Each folder OUT/NAME has config, tokenizer, chat template, graph and the reference that the Java tests compare with
(README.md says what is in it). The weights are drawn from fixed seeds and so large that greedy output varies; prompts
are chosen so that no greedy step is a near tie.
"""

import logging
import os
import random
import shutil
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import transformers

import onnx_greedy
import tiny_tokenizers
from exports import (
    genai,
    genai_as_hf,
    gqa_q4f16,
    hide_head_size,
    optimum,
    smollm3_genai,
    to_fp16,
    to_int4,
    to_int8,
    write_json,
)

VOCABULARY = 320
SHAPE = dict(
    vocab_size=VOCABULARY,
    hidden_size=32,
    intermediate_size=64,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=16,
    max_position_embeddings=256,
    tie_word_embeddings=True,
)
GEMMA3 = dict(
    num_hidden_layers=3,
    intermediate_size=32,
    num_attention_heads=2,
    num_key_value_heads=1,
    query_pre_attn_scalar=16,
    sliding_window=8,
)
PROMPT_LENGTHS = (3, 7, 12, 25, 40)
NEW_TOKENS = 24
CANDIDATES = 8
# a greedy step closer than this to a tie may fall either way on another processor; references end before it
LEAST_MARGIN = {"fp32": 0.05, "fp16": 0.4, "int8": 0.1, "int4": 0.1}
# how far the logits of a graph may be from its reference: rounding of the same sums in fp32, of weights and cache in
# fp16; int8 and int4 kernels quantize activations, and not alike on every processor
TOLERANCE = {"fp32": 1e-3, "fp16": 0.5, "int8": 1.0, "int4": 1.0}


@dataclass
class Family:
    config: type
    settings: dict
    tokens: str  # the style of special tokens and template, see tiny_tokenizers
    seed: int


FAMILIES = {
    "llama": Family(
        transformers.LlamaConfig,
        dict(
            rope_theta=500000.0,
            original_max_position_embeddings=64,  # where the genai builder looks for it
            rope_scaling=dict(
                rope_type="llama3",
                factor=8.0,
                low_freq_factor=1.0,
                high_freq_factor=4.0,
                original_max_position_embeddings=64,
            ),
        ),
        "llama3",
        11,
    ),
    "smollm2": Family(transformers.LlamaConfig, dict(rope_theta=100000.0), "chatml", 12),
    # bias on q, k and v; rows of the vocabulary that the tokenizer does not know, as Qwen pads them
    "qwen2": Family(transformers.Qwen2Config, dict(rope_theta=1000000.0), "qwen", 13),
    # a head size that is not hidden size / heads, norms on q and k
    "qwen3": Family(transformers.Qwen3Config, dict(rope_theta=1000000.0), "qwen", 14),
    # every second layer without rotary positions
    "smollm3": Family(
        transformers.SmolLM3Config,
        dict(no_rope_layer_interval=2, rope_theta=2000000.0, pad_token_id=0),
        "chatml",
        15,
    ),
    # two layers see a window of eight positions, the third sees all; one KV head
    "gemma3": Family(
        transformers.Gemma3TextConfig,
        GEMMA3 | dict(layer_types=["sliding_attention", "sliding_attention", "full_attention"]),
        "gemma",
        16,
    ),
    # the genai builder knows the pattern of Gemma 3 itself (five with a window, the sixth without) and rounds the root
    # of the hidden size to two decimals, so the hidden size is a square here
    "gemma3-six": Family(
        transformers.Gemma3TextConfig,
        GEMMA3 | dict(num_hidden_layers=6, hidden_size=36, intermediate_size=24),
        "gemma",
        19,
    ),
    # q, k and v in one projection, gate and up in another; untied output
    "phi3": Family(
        transformers.Phi3Config,
        dict(
            num_attention_heads=2,
            tie_word_embeddings=False,
            pad_token_id=0,
            original_max_position_embeddings=256,
        ),
        "phi3",
        17,
    ),
    # every layer sees a window of eight positions, as Phi-3-mini-4k sees 2,047
    "phi3-window": Family(
        transformers.Phi3Config,
        dict(
            num_attention_heads=2,
            intermediate_size=32,
            tie_word_embeddings=False,
            pad_token_id=0,
            original_max_position_embeddings=256,
            sliding_window=8,
        ),
        "phi3",
        20,
    ),
    # the first layer sees all, the second a window of eight positions
    "qwen2-window": Family(
        transformers.Qwen2Config,
        dict(rope_theta=1000000.0, use_sliding_window=True, sliding_window=8, max_window_layers=1),
        "qwen",
        21,
    ),
    # Phi-4-mini: grouped, tied, only a part of each head rotated, two sets of long-context factors
    "phi4": Family(
        transformers.Phi3Config,
        dict(
            hidden_size=64,
            intermediate_size=32,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=32,
            partial_rotary_factor=0.5,
            pad_token_id=0,
            original_max_position_embeddings=128,
            rope_scaling=dict(
                type="longrope",
                short_factor=[1.0, 1.0, 1.05, 1.1, 1.2, 1.3, 1.3, 1.4],
                long_factor=[1.0, 1.1, 1.5, 2.5, 4.0, 4.0, 4.0, 4.0],
            ),
        ),
        "phi4",
        18,
    ),
}


def make_weights(family, folder):
    """Writes the transformers folder of a family: config, safetensors, tokenizer."""
    tokenizer = tiny_tokenizers.make(family.tokens)
    bos, ends, pad = tiny_tokenizers.special_ids(tokenizer, family.tokens)
    settings = SHAPE | dict(bos_token_id=bos, eos_token_id=ends, pad_token_id=pad) | family.settings
    if family.settings.get("pad_token_id") == 0:
        settings["pad_token_id"] = pad
    config = family.config(**settings)
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    generator = torch.Generator().manual_seed(family.seed)
    gemma = family.tokens == "gemma"
    for name, weight in model.named_parameters():
        noise = torch.randn(weight.shape, generator=generator)
        if "norm" in name:
            weight.data = norm_level(name, gemma) + 0.2 * noise
        elif "bias" in name:
            weight.data = 0.3 * noise
        elif "embed_tokens" in name or "lm_head" in name:
            # Gemma multiplies embeddings by the root of the hidden size
            weight.data = noise * (0.3 if gemma else 1.2 if config.tie_word_embeddings or "lm_head" in name else 1.0)
        else:
            # the residual starts large, so the layers must be loud for the last token not to win every time
            weight.data = noise * 3.0 / weight.shape[1] ** 0.5
    model.generation_config = transformers.GenerationConfig(
        bos_token_id=bos, eos_token_id=ends, pad_token_id=pad, do_sample=True, temperature=0.6, top_p=0.9
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model, tokenizer


def norm_level(name, gemma):
    if not gemma:
        return 1.0
    # Gemma adds one to its norm weights, and the norms behind the layers say how loud these are
    return 3.0 if name == "model.norm.weight" else 2.0 if "post_" in name else 0.0


# name: (family, how, precision); references of int8 and int4 graphs come from onnxruntime, the others from transformers
MODELS = {
    "llama-optimum": ("llama", optimum(), "fp32"),
    "llama-genai": ("llama", genai("fp32", (hide_head_size, {})), "fp32"),
    "llama-optimum-int8": ("llama", optimum((to_int8, dict(name="model_quantized.onnx"))), "int8"),
    "smollm2-optimum-q4": (
        "smollm2",
        optimum((to_int4, dict(name="model_q4.onnx", external=True))),
        "int4",
    ),
    "smollm2-gqa": ("smollm2", genai_as_hf("fp32", "model.onnx"), "fp32"),
    "qwen2-genai-int4": ("qwen2", genai("int4"), "int4"),
    "qwen2-optimum": ("qwen2", optimum(), "fp32"),
    "qwen2-gqa-q4f16": ("qwen2", gqa_q4f16, "int4"),
    "qwen3-genai": ("qwen3", genai("fp32"), "fp32"),
    "qwen3-genai-int4": ("qwen3", genai("int4", shared_embeddings=True, int4_algo_config="rtn"), "int4"),
    "qwen3-optimum": ("qwen3", optimum(), "fp32"),
    "smollm3-optimum": ("smollm3", optimum(), "fp32"),
    "smollm3-genai": ("smollm3", smollm3_genai, "fp32"),
    "gemma3-optimum": ("gemma3", optimum(), "fp32"),
    "gemma3-genai": ("gemma3-six", genai("fp32"), "fp32"),
    "gemma3-optimum-fp16": ("gemma3", optimum((to_fp16, dict(name="model_fp16.onnx", keep=["logits"]))), "fp16"),
    "phi3-optimum-fp16": ("phi3", optimum((to_fp16, dict(name="model_fp16.onnx"))), "fp16"),
    "phi3-genai-int4": ("phi3", genai("int4"), "int4"),
    "phi3-window-optimum": ("phi3-window", optimum(), "fp32"),
    "phi3-window-genai": ("phi3-window", genai("fp32"), "fp32"),
    "qwen2-window-optimum": ("qwen2-window", optimum(), "fp32"),
    "qwen2-window-gqa": ("qwen2-window", genai_as_hf("fp32", "model.onnx"), "fp32"),
    "phi4-genai": ("phi4", genai("fp32"), "fp32"),
    "phi4-optimum": ("phi4", optimum(), "fp32"),
}


def torch_step(model):
    def step(ids, cache):
        with torch.no_grad():
            out = model(torch.tensor([ids]), past_key_values=cache, use_cache=True)
        return out.logits[0].float().numpy(), out.past_key_values

    return step


def choose_prompts(decode, tokenizer, ends, seed, least):
    """One prompt of each length, the one whose greedy ids vary and whose closest step is farthest from a tie."""
    draw = random.Random(seed)
    text = tokenizer.encode(tiny_tokenizers.SENTENCES, add_special_tokens=False)
    chosen, ended = [], 0
    for length in PROMPT_LENGTHS:
        best = None
        for number in range(CANDIDATES):
            start = draw.randrange(len(text) - length)
            if number % 2:
                ids = text[start : start + length]
            else:
                ids = [draw.randrange(len(tokenizer)) for _ in range(length)]
            if number % 3 == 0 and tokenizer.bos_token_id is not None:
                ids[0] = tokenizer.bos_token_id
            out, margins, logits = decode(ids)
            varied = len(set(out)) >= 8 or out[-1] in ends
            wanted = out[-1] in ends and len(out) > 3 and ended == 0
            rank = (wanted and min(margins) > least, varied, min(margins))
            if best is None or rank > best[0]:
                best = (rank, ids, out, margins, logits)
        _, ids, out, margins, logits = best
        ended += out[-1] in ends
        near = next((i for i, margin in enumerate(margins) if margin < least), len(out))
        chosen.append((ids, out[:near], logits, min(margins[:near], default=0)))
    return chosen


def write_reference(folder, graph, precision, model, tokenizer, seed):
    ends = onnx_greedy.end_tokens(folder)
    if precision.startswith("int"):
        session = onnx_greedy.open_graph(folder, graph)
        step, empty = session.step, session.empty_cache
        source = f"onnxruntime {onnxruntime.__version__}, x86-64, on this very graph"
    else:
        step, empty = torch_step(model), lambda: None
        source = f"transformers {transformers.__version__} on the same weights, fp32"
    prompts = choose_prompts(
        lambda ids: onnx_greedy.greedy(step, empty(), ids, ends, NEW_TOKENS),
        tokenizer,
        ends,
        seed,
        LEAST_MARGIN[precision],
    )
    vocabulary = len(prompts[0][2])
    reference = {
        "format": 1,
        "source": source,
        "precision": precision,
        "tolerance": TOLERANCE[precision],
        "graph": graph,
        "vocabulary": vocabulary,
        "prompts": [{"ids": ids, "greedy": out} for ids, out, _, _ in prompts],
        "logits": [{"prompt": i, "offset": 0} for i in range(len(prompts))],
    }
    write_json(folder / "reference.json", reference)
    np.stack([logits for _, _, logits, _ in prompts]).astype("<f4").tofile(folder / "reference-logits.f32")
    write_json(folder / "chat.json", tiny_tokenizers.rendered(tokenizer))
    ids = [len(out) for _, out, _, _ in prompts]
    ended = sum(out[-1] in ends for _, out, _, _ in prompts if out)
    print(f"  greedy lengths {ids}, ended {ended}, least margin {min(m for *_, m in prompts):.2g}", flush=True)


def main():
    out = Path(sys.argv[1]).resolve()
    names = sys.argv[2:] or list(MODELS)
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)
    transformers.logging.set_verbosity_error()
    warnings.filterwarnings("ignore")
    os.environ["HF_HUB_OFFLINE"] = "1"
    for name in names:
        family_name, build, precision = MODELS[name]
        family, target = FAMILIES[family_name], out / name
        print(name, flush=True)
        shutil.rmtree(target, ignore_errors=True)
        with tempfile.TemporaryDirectory() as work:
            model, tokenizer = make_weights(family, work)
            graph = build(Path(work), target)
        write_reference(target, graph, precision, model, tokenizer, family.seed)
        size = sum(f.stat().st_size for f in target.rglob("*") if f.is_file())
        off, wrong, _ = onnx_greedy.check(target)
        print(f"  {size / 1000:.0f} kB, {graph}: logits off by {off:.2g}, prompts that differ {wrong}", flush=True)


if __name__ == "__main__":
    main()
