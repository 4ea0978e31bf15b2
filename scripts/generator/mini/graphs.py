"""The three graphs, node by node, over weights in external files.

model.onnx       fp32, standard operators, cache by concatenation, inputs and outputs as optimum names them; the
                 weights are the int8 ones, which the runtime turns into fp32 when it loads the graph
model_int8.onnx  GroupQueryAttention and MatMulNBits with 8 bits, cache shared by past and present
model_q4.onnx    the same with 4 bits; embedding and logits stay at 8
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, save

import quantize
from model import CONFIG

HIDDEN, INNER, LAYERS = CONFIG["hidden_size"], CONFIG["intermediate_size"], CONFIG["num_hidden_layers"]
HEADS, KV_HEADS, DIM = CONFIG["num_attention_heads"], CONFIG["num_key_value_heads"], CONFIG["head_dim"]
VOCABULARY, EPSILON = CONFIG["vocab_size"], CONFIG["rms_norm_eps"]
TYPES = {np.dtype(np.uint8): TensorProto.UINT8, np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int64): TensorProto.INT64}
MICROSOFT = "com.microsoft"


class DataFile:
    """An external file of tensors; equal tensors of several graphs stand in it once."""

    def __init__(self, path: Path):
        self.path, self.bytes, self.places = path, bytearray(), {}

    def put(self, name, array):
        if name not in self.places:
            self.bytes.extend(b"\0" * (-len(self.bytes) % 64))
            self.places[name] = (len(self.bytes), np.ascontiguousarray(array))
            self.bytes.extend(self.places[name][1].tobytes())

    def tensor(self, name, stored, shape=None):
        """A tensor over stored bytes, in another shape if one is given."""
        at, array = self.places[stored]
        tensor = TensorProto(name=name, data_type=TYPES[array.dtype], data_location=TensorProto.EXTERNAL)
        tensor.dims.extend(shape or array.shape)
        for key, value in (("location", self.path.name), ("offset", at), ("length", array.nbytes)):
            tensor.external_data.add(key=key, value=str(value))
        return tensor

    def write(self):
        self.path.write_bytes(self.bytes)


class Graph:
    def __init__(self):
        self.nodes, self.initializers, self.count = [], {}, 0

    def add(self, op, *inputs, outputs=1, domain="", name=None, **attributes):
        self.count += 1
        names = [name] if name else [f"{op}_{self.count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, name=f"n{self.count}", domain=domain, **attributes))
        return names[0] if len(names) == 1 else names

    def constant(self, values, dtype=np.int64):
        array = np.array(values, dtype)
        name = f"c_{array.dtype}_{'x'.join(map(str, array.shape))}_{'_'.join(map(str, array.reshape(-1)))}"
        if name not in self.initializers:
            self.initializers[name] = helper.make_tensor(name, TYPES[array.dtype], array.shape, array.reshape(-1))
        return name

    def weight(self, name, file, stored, shape=None):
        self.initializers.setdefault(name, file.tensor(name, stored, shape))
        return name

    def save(self, path, position_ids):
        past = lambda kind, length: [
            helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch_size", KV_HEADS, length, DIM])
            for i in range(LAYERS)
            for n in (kind.format(i, "key"), kind.format(i, "value"))
        ]
        ids = lambda n, length: helper.make_tensor_value_info(n, TensorProto.INT64, ["batch_size", length])
        inputs = [ids("input_ids", "sequence_length"), ids("attention_mask", "total_sequence_length")]
        inputs += [ids("position_ids", "sequence_length")] if position_ids else []
        inputs += past("past_key_values.{}.{}", "past_sequence_length")
        logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch_size", "sequence_length", VOCABULARY])
        outputs = [logits] + past("present.{}.{}", "total_sequence_length")
        graph = helper.make_graph(self.nodes, "siskin-mini", inputs, outputs, list(self.initializers.values()))
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
        save(helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="siskin"), str(path))


def matrices(state):
    """The matrices as the graphs use them: query, key and value in one, gate and up in one."""
    get = lambda i, n: state[f"model.layers.{i}.{n}.weight"]
    for i in range(LAYERS):
        yield f"{i}.qkv", np.concatenate([get(i, f"self_attn.{p}_proj") for p in "qkv"])
        yield f"{i}.o", get(i, "self_attn.o_proj")
        yield f"{i}.gate_up", np.concatenate([get(i, "mlp.gate_proj"), get(i, "mlp.up_proj")])
        yield f"{i}.down", get(i, "mlp.down_proj")


def norms(state):
    for i in range(LAYERS):
        yield f"{i}.norm1", state[f"model.layers.{i}.input_layernorm.weight"]
        yield f"{i}.norm2", state[f"model.layers.{i}.post_attention_layernorm.weight"]
    yield "norm", state["model.norm.weight"]


def write_int8(state, path):
    file = DataFile(path)
    for name, weight in [("embed", state["model.embed_tokens.weight"]), *matrices(state)]:
        q, scales = quantize.int8(weight)
        file.put(name + ".q8", q)
        file.put(name + ".s8", scales)
    for name, weight in norms(state):
        file.put(name, weight.astype(np.float32))
    frequencies = CONFIG["rope_theta"] ** -(np.arange(0, DIM, 2) / DIM)
    angles = np.outer(np.arange(CONFIG["max_position_embeddings"]), frequencies)
    file.put("cos", np.cos(angles).astype(np.float32))
    file.put("sin", np.sin(angles).astype(np.float32))
    file.write()
    return file


def write_int4(state, path):
    file = DataFile(path)
    for name, weight in matrices(state):
        q, scales, zero = quantize.int4(weight)
        blocks = q.reshape(q.shape[0], -1, quantize.BLOCK)
        file.put(name + ".q4", quantize.packed(blocks))
        file.put(name + ".s4", scales)
        file.put(name + ".z4", quantize.packed(zero))
    file.write()
    return file


def embedded(g, eight):
    """[batch, sequence, hidden] fp32 of the int8 embedding."""
    rows = g.add("Gather", g.weight("embed.q8", eight, "embed.q8"), "input_ids")
    scales = g.add("Gather", g.weight("embed.s8", eight, "embed.s8"), "input_ids")
    blocks = g.add("Reshape", centred(g, rows), g.constant([0, 0, HIDDEN // quantize.BLOCK, quantize.BLOCK]))
    return g.add("Reshape", g.add("Mul", blocks, g.add("Unsqueeze", scales, g.constant([-1]))), g.constant([0, 0, HIDDEN]))


def centred(g, q):
    return g.add("Sub", g.add("Cast", q, to=TensorProto.FLOAT), g.constant(128, np.float32))


def plain(eight, path):
    """fp32: what does not depend on the inputs is computed once, when the graph is loaded."""
    g = Graph()

    def dense(x, name):
        q = g.weight(name + ".q8", eight, name + ".q8")
        n, k = eight.places[name + ".q8"][1].shape
        blocks = g.add("Reshape", centred(g, q), g.constant([n, k // quantize.BLOCK, quantize.BLOCK]))
        scales = g.add("Unsqueeze", g.weight(name + ".s8", eight, name + ".s8"), g.constant([-1]))
        weight = g.add("Reshape", g.add("Mul", blocks, scales), g.constant([n, k]))
        return g.add("MatMul", x, g.add("Transpose", weight, perm=[1, 0]), name="logits" if name == "embed" else None)

    def norm(x, name):
        square = g.add("ReduceMean", g.add("Mul", x, x), axes=[-1], keepdims=1)
        root = g.add("Sqrt", g.add("Add", square, g.constant(EPSILON, np.float32)))
        return g.add("Mul", g.add("Div", x, root), g.weight(name, eight, name))

    def heads(x, count):
        return g.add("Transpose", g.add("Reshape", x, g.constant([0, 0, count, DIM])), perm=[0, 2, 1, 3])

    def rotate(x):
        a, b = g.add("Split", x, outputs=2, axis=-1)
        turned = g.add("Concat", g.add("Neg", b), a, axis=-1)
        return g.add("Add", g.add("Mul", x, cos), g.add("Mul", turned, sin))

    def spread(x):
        many = g.add("Expand", g.add("Unsqueeze", x, g.constant([2])), g.constant([1, 1, HEADS // KV_HEADS, 1, 1]))
        return g.add("Reshape", many, g.constant([0, HEADS, -1, DIM]))

    angle = lambda n: g.add("Unsqueeze", g.add("Gather", g.weight(n, eight, n), "position_ids"), g.constant([1]))
    cos, sin = (g.add("Concat", a, a, axis=-1) for a in (angle("cos"), angle("sin")))
    length = g.add("Gather", g.add("Shape", "input_ids"), g.constant(1), axis=0)
    total = g.add("Gather", g.add("Shape", "attention_mask"), g.constant(1), axis=0)
    keys = g.add("Range", g.constant(0), total, g.constant(1))
    queries = g.add("Range", g.add("Sub", total, length), total, g.constant(1))
    causal = g.add("LessOrEqual", keys, g.add("Unsqueeze", queries, g.constant([1])))
    shown = g.add("Cast", g.add("Unsqueeze", "attention_mask", g.constant([1, 2])), to=TensorProto.BOOL)
    mask = g.add("Where", g.add("And", shown, causal), g.constant(0, np.float32), g.constant(-1e9, np.float32))
    x = embedded(g, eight)
    for i in range(LAYERS):
        sizes = g.constant([HEADS * DIM, KV_HEADS * DIM, KV_HEADS * DIM])
        q, k, v = g.add("Split", dense(norm(x, f"{i}.norm1"), f"{i}.qkv"), sizes, outputs=3, axis=-1)
        q, k, v = rotate(heads(q, HEADS)), rotate(heads(k, KV_HEADS)), heads(v, KV_HEADS)
        k = g.add("Concat", f"past_key_values.{i}.key", k, axis=2, name=f"present.{i}.key")
        v = g.add("Concat", f"past_key_values.{i}.value", v, axis=2, name=f"present.{i}.value")
        scores = g.add("MatMul", q, g.add("Transpose", spread(k), perm=[0, 1, 3, 2]))
        scores = g.add("Add", g.add("Mul", scores, g.constant(DIM**-0.5, np.float32)), mask)
        out = g.add("MatMul", g.add("Softmax", scores, axis=-1), spread(v))
        out = g.add("Reshape", g.add("Transpose", out, perm=[0, 2, 1, 3]), g.constant([0, 0, HEADS * DIM]))
        x = g.add("Add", x, dense(out, f"{i}.o"))
        gate, up = g.add("Split", dense(norm(x, f"{i}.norm2"), f"{i}.gate_up"), outputs=2, axis=-1)
        x = g.add("Add", x, dense(g.add("Mul", g.add("Mul", gate, g.add("Sigmoid", gate)), up), f"{i}.down"))
    dense(norm(x, "norm"), "embed")
    g.save(path, position_ids=True)


def quantized(eight, four, path, accuracy_level):
    """MatMulNBits and GroupQueryAttention; the matrices of the layers with 4 bits if a file of them is given."""
    g = Graph()

    def dense(x, name):
        bits, file = (4, four) if four and name != "embed" else (8, eight)
        n, k = eight.places[name + ".q8"][1].shape
        per_block = quantize.BLOCK * bits // 8
        inputs = [x, g.weight(f"{name}.b{bits}", file, f"{name}.q{bits}", [n, k // quantize.BLOCK, per_block])]
        inputs.append(g.weight(f"{name}.s{bits}", file, f"{name}.s{bits}"))
        if bits == 4:
            inputs.append(g.weight(f"{name}.z4", file, f"{name}.z4"))
        return g.add(
            "MatMulNBits", *inputs, domain=MICROSOFT, name="logits" if name == "embed" else None,
            K=k, N=n, bits=bits, block_size=quantize.BLOCK, accuracy_level=accuracy_level,
        )  # fmt: skip

    def skip_norm(x, more, name):
        out = [f"normed_{name}", "", "", f"sum_{name}"]
        inputs = [x, more, g.weight(name, eight, name)]
        op = "SkipSimplifiedLayerNormalization"
        g.nodes.append(helper.make_node(op, inputs, out, name=f"skip_{name}", domain=MICROSOFT, epsilon=EPSILON))
        return out[0], out[3]

    summed = g.add("ReduceSum", "attention_mask", g.constant([1]), keepdims=0)
    seqlens = g.add("Cast", g.add("Sub", summed, g.constant(1)), to=TensorProto.INT32)
    total = g.add("Gather", g.add("Shape", "attention_mask"), g.constant(1), axis=0)
    total = g.add("Cast", total, to=TensorProto.INT32)
    x = embedded(g, eight)
    normed = g.add("SimplifiedLayerNormalization", x, g.weight("0.norm1", eight, "0.norm1"), epsilon=EPSILON, axis=-1)
    for i in range(LAYERS):
        out, key, value = (f"attention_{i}", f"present.{i}.key", f"present.{i}.value")
        inputs = [dense(normed, f"{i}.qkv"), "", "", f"past_key_values.{i}.key", f"past_key_values.{i}.value", seqlens, total]
        inputs += [g.weight("cos", eight, "cos"), g.weight("sin", eight, "sin")]
        g.nodes.append(
            helper.make_node(
                "GroupQueryAttention", inputs, [out, key, value], name=f"gqa_{i}", domain=MICROSOFT,
                num_heads=HEADS, kv_num_heads=KV_HEADS, do_rotary=1, rotary_interleaved=0, scale=DIM**-0.5,
            )
        )  # fmt: skip
        normed, x = skip_norm(x, dense(out, f"{i}.o"), f"{i}.norm2")
        gate, up = g.add("Split", dense(normed, f"{i}.gate_up"), outputs=2, axis=-1)
        act = g.add("Mul", g.add("Mul", gate, g.add("Sigmoid", gate)), up)
        normed, x = skip_norm(x, dense(act, f"{i}.down"), f"{i + 1}.norm1" if i + 1 < LAYERS else "norm")
    dense(normed, "embed")
    g.save(path, position_ids=False)
