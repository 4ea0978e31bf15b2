"""Greedy decoding over a decoder graph with onnxruntime and numpy alone, and a check of model folders against it.

    python onnx_greedy.py FOLDER...

reads each folder's reference.json, decodes every prompt greedily (prompt in one run, then token by token with the
cache) and compares: ids must be equal, logits of the last prompt position within the reference's tolerance.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort

TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
}


class Graph:
    """One decoder graph: token ids in, logits and a key/value cache out. Batch 1."""

    def __init__(self, path, threads=1, head_size=None):
        self.head_size = head_size
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self.session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.inputs = {i.name: i for i in self.session.get_inputs()}
        self.past = [name for name in self.inputs if name.startswith("past")]
        self.outputs = [o.name for o in self.session.get_outputs()]
        self.present = {
            name.replace("present", "past_key_values"): name for name in self.outputs if name.startswith("present")
        }

    def empty_cache(self):
        cache = {}
        for name in self.past:
            _, heads, _, head_size = self.inputs[name].shape
            # builders since 0.14 leave the head size symbolic in the graph; the configuration knows it
            head_size = head_size if isinstance(head_size, int) else self.head_size
            cache[name] = np.zeros((1, heads, 0, head_size), TYPES[self.inputs[name].type])
        return cache

    def step(self, ids, cache):
        """Runs ids over the cache; returns (logits [len(ids), vocabulary] or of the last position only, new cache)."""
        past = next(iter(cache.values())).shape[2]
        feed = dict(cache)
        feed["input_ids"] = np.array([ids], self.dtype("input_ids"))
        if "attention_mask" in self.inputs:
            feed["attention_mask"] = np.ones((1, past + len(ids)), self.dtype("attention_mask"))
        if "position_ids" in self.inputs:
            feed["position_ids"] = np.arange(past, past + len(ids), dtype=self.dtype("position_ids"))[None]
        unknown = set(self.inputs) - set(feed)
        if unknown:
            raise ValueError(f"unknown inputs {sorted(unknown)}")
        values = dict(zip(self.outputs, self.session.run(None, feed)))
        return values["logits"][0].astype(np.float32), {name: values[self.present[name]] for name in cache}

    def dtype(self, name):
        return TYPES[self.inputs[name].type]


def greedy(step, empty_cache, prompt, end_tokens, limit):
    """Returns (ids, margins between the best and the second token at each step, logits after the prompt)."""
    logits, cache = step(list(prompt), empty_cache)
    first, ids, margins = logits[-1], [], []
    while True:
        second, best = np.partition(logits[-1], -2)[-2:]
        token = int(np.argmax(logits[-1]))
        ids.append(token)
        margins.append(float(best - second))
        if token in end_tokens or len(ids) == limit:
            return ids, margins, first
        logits, cache = step([token], cache)


def open_graph(folder, graph, threads=1):
    head_size = None
    if (Path(folder) / "genai_config.json").exists():
        head_size = json.loads((Path(folder) / "genai_config.json").read_text())["model"]["decoder"]["head_size"]
    return Graph(Path(folder) / graph, threads, head_size)


def end_tokens(folder):
    folder = Path(folder)
    found = None
    if (folder / "generation_config.json").exists():
        found = json.loads((folder / "generation_config.json").read_text()).get("eos_token_id")
    if found is None and (folder / "genai_config.json").exists():
        found = json.loads((folder / "genai_config.json").read_text())["model"]["eos_token_id"]
    if found is None:
        found = json.loads((folder / "config.json").read_text())["eos_token_id"]
    return set(found if isinstance(found, list) else [found])


def check(folder):
    """Compares a folder's graph with its reference: (largest logit difference, prompts that differ, tolerance)."""
    folder = Path(folder)
    reference = json.loads((folder / "reference.json").read_text())
    rows = np.fromfile(folder / "reference-logits.f32", "<f4").reshape(-1, reference["vocabulary"])
    graph, ends = open_graph(folder, reference["graph"]), end_tokens(folder)
    off, wrong = 0.0, 0
    firsts = {}
    for number, prompt in enumerate(reference["prompts"]):
        ids, _, firsts[number] = greedy(graph.step, graph.empty_cache(), prompt["ids"], ends, len(prompt["greedy"]))
        wrong += ids != prompt["greedy"]
    for row, entry in enumerate(reference["logits"]):
        off = max(off, float(np.abs(firsts[entry["prompt"]] - rows[row]).max()))
    return off, wrong, reference.get("tolerance", 1e-3)


def main():
    print("onnxruntime", ort.__version__)
    failed = False
    for folder in sys.argv[1:]:
        off, wrong, limit = check(folder)
        good = off <= limit and not wrong
        failed |= not good
        print(
            f"{'ok  ' if good else 'FAIL'} {Path(folder).name:32} logits off by {off:.2g}, prompts that differ {wrong}"
        )
    sys.exit(failed)


if __name__ == "__main__":
    main()
