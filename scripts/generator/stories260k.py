"""Converts llama2.c's stories260K (legacy binary layout, its own vocabulary layout) to the Hugging Face ONNX layout.

    python stories260k.py DIR OUT     # DIR holds stories260K.bin and tok512.bin

OUT gets config, tokenizer.json, onnx/model.onnx and a reference of transformers in fp32 on the same weights. Before it
is written, a forward pass in numpy over the original layout must agree with it, and an encoder after llama2.c's rule
with the tokenizer. No GroupQueryAttention graph: ONNX Runtime's kernel rotates heads of 16 and more, these are of 8.
"""

import struct
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors

import onnx_greedy
from exports import export_optimum, write_json
from tiny_models import torch_step

PROMPTS = """Once upon a time
Once upon a time, there was a little girl named Lily. She
One day, a boy named Tim went to the park with his mom
Tom and Mia were playing in the garden when
The big dog was sad because
"Can I have some cake?" asked
There was a small bird who could not fly. Every day
Ben liked to play with his red ball. One sunny morning,
The cat sat
It was a dark night and the moon
Lucy's mom said, "Be careful,"
The old man lived in a house near the sea. He had
Anna found a shiny
Once there was a bear who loved honey. He
"No!" said Max. "That is my toy."
They ran and ran until
A tiny fish swam in the big
Sara wanted to bake cookies for her
It started to rain, so
The end of the story was happy because""".split("\n")
NEW_TOKENS = 64


def read_weights(path):
    """Returns (shape of the model, name -> array). All float32, little-endian, in this order behind seven int32."""
    raw = path.read_bytes()
    names = ("dim", "hidden", "layers", "heads", "kv_heads", "vocabulary", "length")
    shape = dict(zip(names, struct.unpack("<7i", raw[:28])))
    if shape["vocabulary"] < 0:
        raise ValueError("an output matrix of its own: not this model")
    dim, hidden, layers = shape["dim"], shape["hidden"], shape["layers"]
    kv_dim = dim // shape["heads"] * shape["kv_heads"]
    values, at, weights = np.frombuffer(raw, "<f4", offset=28), 0, {}
    for name, size in (
        ("embedding", (shape["vocabulary"], dim)),
        ("attention_norm", (layers, dim)),
        ("q", (layers, dim, dim)),
        ("k", (layers, kv_dim, dim)),
        ("v", (layers, kv_dim, dim)),
        ("o", (layers, dim, dim)),
        ("ffn_norm", (layers, dim)),
        ("gate", (layers, hidden, dim)),
        ("down", (layers, dim, hidden)),
        ("up", (layers, hidden, dim)),
        ("norm", (dim,)),
    ):
        count = int(np.prod(size))
        weights[name], at = values[at : at + count].reshape(size), at + count
    # what is left are the tables of the rotary angles, real and imaginary parts
    if len(values) - at != shape["length"] * dim // shape["heads"]:
        raise ValueError(f"{len(values) - at} values left over")
    return shape, weights


def forward(shape, w, ids):
    """The logits after ids, computed from the original layout alone: rotary pairs stand side by side."""
    heads, kv_heads, count = shape["heads"], shape["kv_heads"], len(ids)
    size = shape["dim"] // heads
    angles = np.outer(np.arange(count), 10000.0 ** (-np.arange(0, size, 2) / size))[:, None]

    def normed(x, weight):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * weight

    def rotated(x):
        even, odd = x[..., 0::2], x[..., 1::2]
        out = np.empty_like(x)
        out[..., 0::2] = even * np.cos(angles) - odd * np.sin(angles)
        out[..., 1::2] = even * np.sin(angles) + odd * np.cos(angles)
        return out

    x = w["embedding"][ids].astype(np.float64)
    for layer in range(shape["layers"]):
        a = normed(x, w["attention_norm"][layer])
        q = rotated((a @ w["q"][layer].T).reshape(count, heads, size))
        k = rotated((a @ w["k"][layer].T).reshape(count, kv_heads, size)).repeat(heads // kv_heads, axis=1)
        v = (a @ w["v"][layer].T).reshape(count, kv_heads, size).repeat(heads // kv_heads, axis=1)
        scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(size)
        scores = np.where(np.tri(count, dtype=bool), scores, -np.inf)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        x = x + np.einsum("hqk,khd->qhd", scores, v).reshape(count, -1) @ w["o"][layer].T
        a = normed(x, w["ffn_norm"][layer])
        gate = a @ w["gate"][layer].T
        x = x + (gate / (1 + np.exp(-gate)) * (a @ w["up"][layer].T)) @ w["down"][layer].T
    return normed(x, w["norm"])[-1] @ w["embedding"].T


def to_transformers(shape, w):
    config = transformers.LlamaConfig(
        vocab_size=shape["vocabulary"],
        hidden_size=shape["dim"],
        intermediate_size=shape["hidden"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape["kv_heads"],
        max_position_embeddings=shape["length"],
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
    )
    size = shape["dim"] // shape["heads"]

    def halves(rows):
        # transformers rotates value i with value i + size/2, llama2.c with its neighbour
        return rows.reshape(-1, size // 2, 2, rows.shape[-1]).transpose(0, 2, 1, 3).reshape(rows.shape)

    state = {"model.embed_tokens.weight": w["embedding"], "model.norm.weight": w["norm"]}
    state["lm_head.weight"] = w["embedding"]
    for i in range(shape["layers"]):
        for name, value in {
            "input_layernorm": w["attention_norm"][i],
            "self_attn.q_proj": halves(w["q"][i]),
            "self_attn.k_proj": halves(w["k"][i]),
            "self_attn.v_proj": w["v"][i],
            "self_attn.o_proj": w["o"][i],
            "post_attention_layernorm": w["ffn_norm"][i],
            "mlp.gate_proj": w["gate"][i],
            "mlp.up_proj": w["up"][i],
            "mlp.down_proj": w["down"][i],
        }.items():
            state[f"model.layers.{i}.{name}.weight"] = value
    model = transformers.LlamaForCausalLM(config).eval()
    model.load_state_dict({name: torch.tensor(value) for name, value in state.items()}, strict=True)
    model.generation_config = transformers.GenerationConfig(bos_token_id=1, eos_token_id=2)
    return model


def read_pieces(path):
    """Returns [(piece, score)]: int32 longest piece, then float32 score, int32 length, bytes each."""
    raw, at, pieces = path.read_bytes(), 4, []
    while at < len(raw):
        score, length = struct.unpack_from("<fi", raw, at)
        pieces.append((raw[at + 8 : at + 8 + length].decode(), score))
        at += 8 + length
    return pieces


def to_tokenizer(pieces):
    named = ["<unk>", "<s>", "</s>"] + [piece.replace(" ", "▁") for piece, _ in pieces[3:]]
    ids = {piece: i for i, piece in enumerate(named)}
    merges = []
    for i, piece in enumerate(named):
        if i < 259:
            continue
        for cut in range(1, len(piece)):
            if piece[:cut] in ids and piece[cut:] in ids:
                merges.append((-pieces[i][1], i, (piece[:cut], piece[cut:])))
    merges = [pair for _, _, pair in sorted(merges)]
    tokenizer = Tokenizer(models.BPE(ids, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)]
    )
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in ("<unk>", "<s>", "</s>")])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        clean_up_tokenization_spaces=False,
        model_max_length=512,
    )


def encode(pieces, text):
    """llama2.c's rule: characters (or their bytes), then again and again the pair whose union has the best score."""
    ids = {piece: i for i, (piece, _) in enumerate(pieces)}
    out = []
    for character in " " + text:
        out += [ids[character]] if character in ids else [byte + 3 for byte in character.encode()]
    while True:
        unions = [pieces[a][0] + pieces[b][0] for a, b in zip(out, out[1:])]
        known = [(pieces[ids[union]][1], -at) for at, union in enumerate(unions) if union in ids]
        if not known:
            return [1, *out]
        at = -max(known)[1]
        out[at : at + 2] = [ids[unions[at]]]


def main():
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    shape, weights = read_weights(source / "stories260K.bin")
    pieces = read_pieces(source / "tok512.bin")
    model, tokenizer = to_transformers(shape, weights), to_tokenizer(pieces)
    for text in [*PROMPTS, "naïve 東京 🙂 <b>  two\nlines\t"]:
        if tokenizer(text)["input_ids"] != encode(pieces, text):
            raise ValueError(f"tokenizers differ: {text!r}")

    prompts, rows, off = [], [], 0.0
    for text in PROMPTS:
        ids = tokenizer(text)["input_ids"]
        greedy, margins, logits = onnx_greedy.greedy(torch_step(model), None, ids, {2}, NEW_TOKENS)
        off = max(off, float(np.abs(forward(shape, weights, ids) - logits).max()))
        prompts.append({"ids": ids, "greedy": greedy})
        rows.append(logits)
    print(f"numpy and transformers: logits off by {off:.2g}")
    if off > 1e-3:
        raise ValueError("the conversion is wrong")

    with tempfile.TemporaryDirectory() as work:
        model.save_pretrained(work)
        tokenizer.save_pretrained(work)
        graph = export_optimum(Path(work), target)
    reference = {
        "format": 1,
        "source": f"transformers {transformers.__version__} on the same weights, fp32",
        "precision": "fp32",
        "tolerance": 1e-3,
        "graph": graph,
        "vocabulary": shape["vocabulary"],
        "prompts": prompts,
        "logits": [{"prompt": i, "offset": 0} for i in range(len(prompts))],
    }
    write_json(target / "reference.json", reference)
    np.stack(rows).astype("<f4").tofile(target / "reference-logits.f32")
    off, wrong, _ = onnx_greedy.check(target)
    print(f"onnxruntime: logits off by {off:.2g}, prompts that differ {wrong}")
    for prompt in prompts[:3]:
        print("-", tokenizer.decode(prompt["ids"] + prompt["greedy"], skip_special_tokens=True))


if __name__ == "__main__":
    main()
