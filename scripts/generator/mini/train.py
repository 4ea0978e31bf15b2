"""Trains the model on the CPU, with checkpoints from which it goes on.

    python train.py --data DATA --tokenizer OUT/tokenizer.json --work WORK --tokens 12e6
"""

import argparse
import json
import math
import shutil
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

import circuits
import prompt
from data import Sampler, batch
from model import Decoder

# until this share of the steps: tokens a row, rows a batch, share of random rows
STAGES = [(0.04, 192, 20, 0.5), (0.5, 320, 12, 0.06), (0.75, 512, 8, 0.04), (1.0, 1024, 4, 0.03)]
PLAIN_SHARE = 0.1
DECAY = 0.3  # share of the steps, the last ones, over which the rate falls
TARGETS = 0.3  # share of the places whose logits are computed


def stage(done):
    return next(s for s in STAGES if done < s[0] or s is STAGES[-1])


def places(weight, share, generator):
    """Flat places of a fixed number of targets: every label, then by chance, the answers' tokens rather than others."""
    flat = weight.reshape(-1)
    order = torch.rand(flat.shape, generator=generator) * (flat > 0) * (1.0 + (flat >= 0.5)) + 3 * (flat > 1)
    return order.topk(int(flat.numel() * share)).indices


def tensors(sampler, rows, length, random_share, plain_share=PLAIN_SHARE):
    made = [sampler.row(length, random_share, plain_share) for _ in range(rows)]
    return [torch.from_numpy(a) for a in batch(made, length)]


@torch.no_grad()
def measure(model, batches):
    """Of held-out answers: label right, label right where there is one, declined where there is none, copied whole."""
    labels = right = whole = answered = answered_right = declined = 0
    plain_loss, plain = 0.0, 0
    for ids, branch, position, weight in batches:
        at = (weight >= 0.4).reshape(-1).nonzero()[:, 0]
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(ids, position, branch, at).float()
        target = ids.roll(-1, 1).reshape(-1)[at]
        loss = F.cross_entropy(logits, target, reduction="none")
        hit = (logits.argmax(-1) == target).numpy()
        kind = weight.reshape(-1)[at].numpy()
        group = (torch.arange(ids.shape[0])[:, None] * 1000 + branch).reshape(-1)[at].numpy()
        plain_loss += loss[kind == 0.5].sum().item()
        plain += (kind == 0.5).sum()
        for g in np.unique(group[kind >= 1]):
            of = (group == g) & (kind >= 1)
            first = of & (kind == 6)
            if not first.any():
                continue
            none = target.numpy()[first][0] == 4
            labels += 1
            right += hit[first][0]
            whole += hit[of].all()
            declined += none and hit[first][0]
            answered += not none
            answered_right += (not none) and hit[first][0]
    return {
        "questions": labels,
        "label": round(right / labels, 3),
        "label_answerable": round(answered_right / max(1, answered), 3),
        "declined": round(declined / max(1, labels - answered), 3),
        "whole": round(whole / labels, 3),
        "plain_perplexity": round(math.exp(plain_loss / max(1, plain)), 1),
    }


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--data", type=Path, required=True)
    a.add_argument("--tokenizer", type=Path, required=True)
    a.add_argument("--work", type=Path, required=True)
    a.add_argument("--tokens", type=float, default=12e6, help="tokens to be seen in all")
    a.add_argument("--rate", type=float, default=2e-3)
    a.add_argument("--threads", type=int, default=2)
    o = a.parse_args()
    torch.set_num_threads(o.threads)
    torch.manual_seed(1)
    o.work.mkdir(parents=True, exist_ok=True)
    model = Decoder()
    matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.dim() != 2 or "embed" in n]
    muon = torch.optim.Muon(matrices, lr=o.rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw")
    adam = torch.optim.AdamW(others, lr=o.rate, betas=(0.9, 0.95), weight_decay=0.0)
    if not (o.work / "last.pt").exists():
        special = Sampler(o.data, o.tokenizer, seed=0).special
        user, assistant = special[prompt.USER], special[prompt.ASSISTANT]
        labels = [special[prompt.label(i)] for i in range(prompt.LABELS + 1)]
        circuits.write(model, [user] + labels, user, assistant)
    print("parameters", sum(p.numel() for p in model.parameters()), flush=True)
    step, spent, seen = 0, 0.0, 0
    last = o.work / "last.pt"
    if last.exists():
        state = torch.load(last)
        model.load_state_dict(state["model"])
        muon.load_state_dict(state["muon"])
        adam.load_state_dict(state["adam"])
        step, spent, seen = state["step"], state["spent"], state["seen"]
        print("goes on at step", step, flush=True)
    sampler = Sampler(o.data, o.tokenizer, seed=1000 + step)
    held = Sampler(o.data, o.tokenizer, seed=7, held_out=True)
    tests = [tensors(held, 6, 640, 0.0, 0.2) for _ in range(3)]
    generator = torch.Generator().manual_seed(step)
    log = (o.work / "log.jsonl").open("a")
    started, saved, spent_before = time.time(), time.time(), spent
    losses, tokens_then, then = [], seen, time.time()
    while True:
        spent = spent_before + time.time() - started
        done = seen / o.tokens
        if done >= 1:
            break
        _, length, rows, random_share = stage(done)
        ids, branch, position, weight = tensors(sampler, rows, length, random_share)
        at = places(weight, TARGETS, generator)
        rate = o.rate * min(1, (step + 1) / 25, 0.03 + (1 - done) / DECAY)
        for group in muon.param_groups:
            group["lr"] = rate
        for group in adam.param_groups:
            group["lr"] = rate * 0.4
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(ids, position, branch, at)
        w = weight.reshape(-1)[at]
        loss = (F.cross_entropy(logits.float(), ids.roll(-1, 1).reshape(-1)[at], reduction="none") * w).sum() / w.sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        muon.step()
        adam.step()
        muon.zero_grad(set_to_none=True)
        adam.zero_grad(set_to_none=True)
        losses.append(loss.item())
        step += 1
        seen += ids.numel()
        if step % 20 == 0:
            now = time.time()
            line = {
                "step": step, "minutes": round(spent / 60, 1), "done": round(done, 3), "tokens": seen, "rate": round(rate, 5),
                "loss": round(float(np.mean(losses)), 3), "tokens_per_s": round((seen - tokens_then) / (now - then)),
            }  # fmt: skip
            losses, tokens_then, then = [], seen, now
            if step % 160 == 0:
                line.update(measure(model, tests))
                then = time.time()
            print(json.dumps(line), file=log, flush=True)
            print(json.dumps(line), flush=True)
        if time.time() - saved > 240:
            save(model, muon, adam, step, spent, seen, last)
            if done < 1 - DECAY:
                shutil.copyfile(last, o.work / "before-decay.pt")  # a longer training goes on from here
            saved = time.time()
    save(model, muon, adam, step, spent, seen, last)
    print("ended at step", step, flush=True)


def save(model, muon, adam, step, spent, seen, last):
    state = {
        "model": model.state_dict(), "muon": muon.state_dict(), "adam": adam.state_dict(),
        "step": step, "spent": spent, "seen": seen,
    }  # fmt: skip
    torch.save(state, last.with_suffix(".new"))
    last.with_suffix(".new").rename(last)


if __name__ == "__main__":
    main()
