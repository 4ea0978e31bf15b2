"""Writes what transformers makes of the rounded weights, for the tests: greedy ids and logits.

    python references.py --checkpoint WORK/last.pt --model MODEL --data DATA --out RESOURCES
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer

import cases
import corpus
import export
import prompt
from evaluate import Session

GREEDY = 64
PROMPTS = 25  # of each kind
LONGEST = 600
MARGIN = 1e-3  # between the best two logits, at every step
LOGITS = 8


def rag_prompts(data, tokenizer):
    for case in cases.cases(data, 400, 0.2, seed=11):
        ids = tokenizer.encode(prompt.render(case.passages, case.question)).ids
        if len(ids) <= LONGEST:
            yield ids


def plain_prompts(data, tokenizer):
    rng = random.Random(12)
    passages = corpus.squad(data / "squad-dev/dev-1.1.json", held_out=True)
    passages += corpus.tldr(data / "documents/tldr/pages", held_out=True)[:200]
    while True:
        text = rng.choice(passages).text + " " + rng.choice(passages).text
        yield tokenizer.encode(text).ids[: rng.choice([5, 8, 12, 20, 33, 64, 100, 200, 400])]


@torch.no_grad()
def greedy(session, model, ids):
    """Greedy ids, the least margin along them, and the logits of the prompt's last position.

    The graph proposes the ids, since that is faster; transformers' logits over all of them, in one pass, must have chosen
    each of them. A margin below zero says that they did not.
    """
    made = session.answer(ids, GREEDY)
    logits = model(torch.tensor([ids + made])).logits[0, len(ids) - 1 : -1]
    best, second = logits.topk(2).values.T
    agree = (logits.argmax(-1) == torch.tensor(made)).all().item()
    return made, (best - second).min().item() if agree else -1.0, logits[0].numpy()


def main():
    a = argparse.ArgumentParser()
    for name in ("checkpoint", "model", "data", "out"):
        a.add_argument(f"--{name}", type=Path, required=True)
    o = a.parse_args()
    tokenizer = Tokenizer.from_file(str(o.model / "tokenizer.json"))
    session = Session(o.model / "onnx/model.onnx")
    model = export.transformers_model(export.rounded(export.state_of(o.checkpoint)))
    prompts, rows, left_out = [], [], 0
    for source in (rag_prompts, plain_prompts):
        kept = 0
        for ids in source(o.data, tokenizer):
            made, margin, first = greedy(session, model, ids)
            if margin <= MARGIN:
                left_out += 1
                continue
            prompts.append({"ids": ids, "greedy": made})
            rows.append(first)
            kept += 1
            if kept == PROMPTS:
                break
    chosen = [i for i in range(len(prompts)) if i % (len(prompts) // LOGITS) == 0][:LOGITS]
    o.out.mkdir(parents=True, exist_ok=True)
    np.stack([rows[i] for i in chosen]).astype("<f4").tofile(o.out / "reference-logits.f32")
    reference = {
        "format": 1,
        "source": f"transformers {transformers.__version__} on the same weights, fp32",
        "vocabulary": len(rows[0]),
        "prompts": prompts,
        "logits": [{"prompt": i, "offset": row} for row, i in enumerate(chosen)],
    }
    (o.out / "reference.json").write_text(json.dumps(reference, separators=(",", ":")) + "\n")
    print(f"{len(prompts)} prompts, {left_out} left out for a margin of {MARGIN} or less")


if __name__ == "__main__":
    main()
