"""Measures what others make of the same model: llama.cpp, onnxruntime-genai, and onnxruntime's own loop in Python.

    python rivals.py ENGINE MODEL [--threads 2] [--batch 1 4 8] [--prompt 256] [--generate 64] [--repeat 3]

ENGINE is onnxruntime, genai (MODEL: a folder of speed_models.py) or llama.cpp (MODEL: a .gguf). Writes a JSON line per
measurement: `phase` prefill (prompt tokens a second, of all sequences together) or decode (new tokens a second). All
take the same random ids, greedy, with logits of the last position only where the engine can. A first, short round is
not counted. llama.cpp comes from llama-cpp-python built from its source, in an environment of its own (README.md).
"""

import argparse
import ctypes
import json
import sys
import time
from pathlib import Path

import numpy as np


class OnnxRuntime:
    """The bare loop over session.run with bound buffers; a GroupQueryAttention cache is written in place."""

    def __init__(self, folder, threads, batch, length):
        import onnxruntime as ort

        self.version = ort.__version__
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self.ort = ort
        self.session = ort.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        decoder = json.loads((folder / "genai_config.json").read_text())["model"]["decoder"]
        shape = (batch, decoder["num_key_value_heads"], length, decoder["head_size"])
        names = [i.name for i in self.session.get_inputs()]
        self.past = {
            name: ort.OrtValue.ortvalue_from_numpy(np.zeros(shape, np.float32))
            for name in names
            if name.startswith("past_key_values")
        }
        if "position_ids" in names:
            raise ValueError("not a GroupQueryAttention graph of the builder")

    def start(self):
        self.length = 0

    def step(self, ids):
        self.length += ids.shape[1]
        binding = self.session.io_binding()
        binding.bind_cpu_input("input_ids", ids)
        binding.bind_cpu_input("attention_mask", np.ones((ids.shape[0], self.length), np.int64))
        for name, value in self.past.items():
            binding.bind_ortvalue_input(name, value)
            binding.bind_ortvalue_output(name.replace("past_key_values", "present"), value)
        binding.bind_output("logits")
        self.session.run_with_iobinding(binding)
        logits = binding.get_outputs()[-1].numpy()
        return logits[:, -1].argmax(-1)[:, None]


class Genai:
    def __init__(self, folder, threads, batch, length):
        import onnxruntime_genai as og

        self.version, self.og, self.batch, self.length = og.__version__, og, batch, length
        config = og.Config(str(folder))
        config.overlay(json.dumps({"model": {"decoder": {"session_options": {"intra_op_num_threads": threads}}}}))
        self.model = og.Model(config)

    def start(self):
        parameters = self.og.GeneratorParams(self.model)
        parameters.set_search_options(
            max_length=self.length, min_length=self.length, do_sample=False, batch_size=self.batch
        )
        self.generator = self.og.Generator(self.model, parameters)

    def step(self, ids):
        # append_tokens runs the prompt; generate_next_token runs the last token, unless that is done, and picks one
        if ids.shape[1] > 1:
            self.generator.append_tokens(ids.astype(np.int32))
        else:
            self.generator.generate_next_token()
        return ids[:, :1]


class LlamaCpp:
    """The C interface as it is, so that no Python of llama-cpp-python's own stands in between."""

    def __init__(self, path, threads, batch, length):
        import llama_cpp

        self.version, self.c, self.batch = llama_cpp.__version__, llama_cpp, batch
        self.silent = llama_cpp.llama_log_callback(lambda *_: None)
        llama_cpp.llama_log_set(self.silent, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
        if not self.model:
            raise ValueError(f"llama.cpp cannot load {path}")
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx = length * batch
        settings.n_seq_max = batch
        settings.n_batch = settings.n_ubatch = max(512, batch)
        settings.n_threads = settings.n_threads_batch = threads
        self.context = llama_cpp.llama_init_from_model(self.model, settings)
        if not self.context:
            raise ValueError("llama.cpp cannot make a context")
        self.chunk = 512
        self.tokens = llama_cpp.llama_batch_init(max(512, batch), 0, 1)
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))

    def start(self):
        self.c.llama_memory_clear(self.c.llama_get_memory(self.context), True)
        self.at = 0

    def step(self, ids):
        """Sequence by sequence for a prompt, all of them in one run for a token each."""
        best, count = [], ids.shape[1]
        if count == 1:
            self.decode([(row[0], self.at, number, True) for number, row in enumerate(ids)])
            best = [self.argmax(number) for number in range(len(ids))]
        else:
            for number, row in enumerate(ids):
                entries = [(t, self.at + i, number, i == count - 1) for i, t in enumerate(row)]
                for begin in range(0, count, self.chunk):
                    self.decode(entries[begin : begin + self.chunk])
                best.append(self.argmax(-1))
        self.at += count
        return np.array(best)[:, None]

    def decode(self, entries):
        batch = self.tokens
        batch.n_tokens = len(entries)
        for i, (token, position, sequence, wanted) in enumerate(entries):
            batch.token[i], batch.pos[i], batch.n_seq_id[i] = int(token), position, 1
            batch.seq_id[i][0], batch.logits[i] = sequence, wanted
        status = self.c.llama_decode(self.context, batch)
        if status:
            raise RuntimeError(f"llama_decode: {status}")

    def argmax(self, row):
        logits = self.c.llama_get_logits_ith(self.context, row)
        return int(np.ctypeslib.as_array(logits, (self.vocabulary,)).argmax())


ENGINES = {"onnxruntime": OnnxRuntime, "genai": Genai, "llama.cpp": LlamaCpp}


def round_of(engine, ids, generate):
    """Returns (seconds of the prompt, seconds of the `generate` tokens after its first)."""
    engine.start()
    begin = time.perf_counter()
    token = engine.step(ids)
    if isinstance(engine, Genai):
        engine.step(ids[:, :1])  # picks the first token from the prompt's logits, runs nothing
    prompt_end = time.perf_counter()
    for _ in range(generate):
        token = engine.step(token)
    return prompt_end - begin, time.perf_counter() - prompt_end


def precision_of(path):
    return next((p for p in ("int4", "int8", "q4_0", "q8_0") if p in path.name), "fp32")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("model", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--prompt", type=int, default=256, help="tokens of each prompt, at least 2")
    parser.add_argument("--generate", type=int, default=64)
    parser.add_argument("--repeat", type=int, default=3)
    a = parser.parse_args()
    for batch in a.batch:
        engine = ENGINES[a.engine](a.model, a.threads, batch, a.prompt + a.generate + 2)
        # ids that every vocabulary has
        ids = np.random.default_rng(1).integers(10, 30000, (batch, a.prompt))
        round_of(engine, ids[:, :8], 2)
        for number in range(a.repeat):
            prefill, decode = round_of(engine, ids, a.generate)
            for phase, tokens, seconds in (("prefill", a.prompt, prefill), ("decode", a.generate, decode)):
                line = {
                    "engine": a.engine,
                    "version": engine.version,
                    "model": a.model.name,
                    "precision": precision_of(a.model),
                    "threads": a.threads,
                    "batch": batch,
                    "prompt_tokens": a.prompt,
                    "generated": a.generate,
                    "repeat": number,
                    "phase": phase,
                    "tokens_per_s": round(batch * tokens / seconds, 2),
                }
                print(json.dumps(line), flush=True)
        del engine


if __name__ == "__main__":
    sys.exit(main())
