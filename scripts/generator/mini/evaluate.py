"""Measures the model on what it has not been trained on: perplexity of each precision, and answers.

    python evaluate.py --model MODEL --checkpoint WORK/last.pt --data DATA [--questions 500]
"""

import argparse
import json
import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from tokenizers import Tokenizer

import cases
import corpus
import export
import prompt
from model import CONFIG, Decoder

NEW_TOKENS = 160


class Session:
    """A graph with its cache, one sequence."""

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(path), options)
        self.inputs = {i.name for i in self.session.get_inputs()}
        self.outputs = [o.name for o in self.session.get_outputs()]

    def run(self, ids, cache):
        past = cache["present.0.key"].shape[2] if cache else 0
        feed = {"input_ids": np.array([ids]), "attention_mask": np.ones((1, past + len(ids)), np.int64)}
        if "position_ids" in self.inputs:
            feed["position_ids"] = np.arange(past, past + len(ids))[None]
        nothing = np.zeros((1, CONFIG["num_key_value_heads"], 0, CONFIG["head_dim"]), np.float32)
        for name in self.inputs:
            if name.startswith("past_key_values"):
                feed[name] = cache[name.replace("past_key_values", "present")] if cache else nothing
        out = dict(zip(self.outputs, self.session.run(None, feed)))
        return out.pop("logits")[0], out

    def answer(self, ids, most=NEW_TOKENS):
        logits, cache = self.run(ids, None)
        made = [int(logits[-1].argmax())]
        while made[-1] != 0 and len(made) < most:
            logits, cache = self.run(made[-1:], cache)
            made.append(int(logits[-1].argmax()))
        return made


def perplexity(logits_of, texts):
    loss, count = 0.0, 0
    for ids in texts:
        logits = torch.from_numpy(logits_of(ids)[:-1]).double()
        loss += torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:]), reduction="sum").item()
        count += len(ids) - 1
    return math.exp(loss / count)


def held_out_texts(data, tokenizer):
    squad = [p.text for p in corpus.squad(data / "squad-dev/dev-1.1.json", held_out=True)[::4]]
    tldr = [p.text for p in corpus.tldr(data / "documents/tldr/pages", held_out=True)[::6]]
    encode = lambda texts: [tokenizer.encode(t).ids[:1024] for t in texts]
    prompts = [(c, prompt.render(c.passages, c.question)) for c in cases.cases(data, 100, 0.0, seed=3)]
    grounded = [p + right_answer(c) for c, p in prompts]
    return {"squad": encode(squad), "tldr": encode(tldr), "grounded": encode(grounded)}


def right_answer(case):
    passage, sentence = case.right
    line = sum(len(p) for p in case.passages[:passage]) + sentence + 1
    return f"{prompt.label(line)} {prompt.cited(case.passages[passage][sentence], passage + 1)}{prompt.END}"


def words(text):
    return set(re.findall(r"[a-z0-9]+", text.lower()))


class Overlap:
    """What needs no model: the sentence that shares the most, and the rarest, words with the question."""

    def __init__(self, data):
        passages = corpus.squad(data / "squad-dev/dev-1.1.json", held_out=False)
        self.seen = Counter(w for p in passages for line in p.lines for w in words(line))
        self.total = sum(self.seen.values())

    def best(self, case):
        def score(line):
            return sum(math.log(self.total / (1 + self.seen[w])) for w in words(line) & words(case.question))

        return max(
            ((p, s) for p, lines in enumerate(case.passages) for s in range(len(lines))),
            key=lambda at: score(case.passages[at[0]][at[1]]),
        )


def judge(case, text):
    """Of an answer's text: right sentence, right citation, holds the answer, a line of the passages, declined."""
    every = {prompt.cited(s, n): s for n, lines in enumerate(case.passages, 1) for s in lines}
    declined = text == prompt.NO_ANSWER.strip()
    if case.right is None:
        return {"declined": declined}
    passage, sentence = case.right
    right = case.passages[passage][sentence]
    citation = re.search(r"\[(\d+)\]\.?$", text)
    return {
        "right_sentence": re.sub(r" \[\d+\](\.?)$", r"\1", text) == corpus.one_line(right),
        "right_citation": citation is not None and int(citation[1]) == passage + 1,
        "holds_answer": case.answer.lower() in text.lower(),
        "a_line_as_cited": text in every,
        "declined": declined,
    }


def shares(judged):
    return {k: round(float(np.mean([j[k] for j in judged])), 3) for k in judged[0]} | {"questions": len(judged)} if judged else {}


def main():
    a = argparse.ArgumentParser()
    for name in ("model", "checkpoint", "data"):
        a.add_argument(f"--{name}", type=Path, required=True)
    a.add_argument("--questions", type=int, default=500)
    a.add_argument("--answers-only", action="store_true")
    a.add_argument("--graphs", nargs="*", default=["model.onnx", "model_int8.onnx", "model_q4.onnx"])
    o = a.parse_args()
    torch.set_num_threads(1)
    tokenizer = Tokenizer.from_file(str(o.model / "tokenizer.json"))
    trained = Decoder()
    trained.load_state_dict(torch.load(o.checkpoint, weights_only=True)["model"])

    @torch.no_grad()
    def before_rounding(ids):
        n = len(ids)
        return trained(torch.tensor([ids]), torch.arange(n)[None], torch.ones(1, n, dtype=torch.long), torch.arange(n)).numpy()

    sessions = {name: Session(o.model / "onnx" / name) for name in o.graphs}
    runs = {"fp32 before rounding": before_rounding} | {
        name: (lambda ids, s=s: s.run(ids, None)[0]) for name, s in sessions.items()
    }
    texts_of = {} if o.answers_only else held_out_texts(o.data, tokenizer)
    for kind, texts in texts_of.items():
        for name, run in runs.items():
            line = {"perplexity": round(perplexity(run, texts), 3), "of": kind, "tokens": sum(map(len, texts)), "weights": name}
            print(json.dumps(line), flush=True)
    room = CONFIG["max_position_embeddings"] - NEW_TOKENS
    every = [
        case
        for case in cases.cases(o.data, o.questions, 0.2)
        if len(tokenizer.encode(prompt.render(case.passages, case.question)).ids) <= room
    ]
    overlap = Overlap(o.data)
    quoted = []
    for case in every:
        passage, sentence = overlap.best(case)
        quoted.append((case, prompt.cited(case.passages[passage][sentence], passage + 1)))
    for name, session in sessions.items():
        answers = []
        for case in every:
            ids = session.answer(tokenizer.encode(prompt.render(case.passages, case.question)).ids)
            answers.append((case, tokenizer.decode(ids, skip_special_tokens=True).strip()))
        report(name, answers)
    report("word overlap", quoted)


def report(name, answers):
    judged = [(case, judge(case, text)) for case, text in answers]
    print(json.dumps({"answers": name} | shares([j for c, j in judged if c.right is not None])), flush=True)
    none = shares([j for c, j in judged if c.right is None])
    print(json.dumps({"unanswerable": name} | none), flush=True)
    alone = shares([j for c, j in judged if c.right is not None and len(c.passages) == 1])
    print(json.dumps({"answers, one passage": name} | alone), flush=True)


if __name__ == "__main__":
    main()
