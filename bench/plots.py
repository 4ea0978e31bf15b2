"""Draws lines of results as SVG: recall against latency and memory, and the curve against the memory limit."""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402  the backend is chosen before

matplotlib.rcParams.update({"svg.hashsalt": "siskin", "svg.fonttype": "none", "font.size": 10, "axes.grid": True,
                            "grid.alpha": 0.3, "axes.spines.top": False, "axes.spines.right": False})


def lines(files):
    return [json.loads(line) for file in files for line in open(file)]


def save(figure, folder, name):
    figure.tight_layout()
    figure.savefig(folder / name, metadata={"Date": None})
    plt.close(figure)
    print(folder / name)


def recall(rows, folder):
    figure, (speed, memory) = plt.subplots(1, 2, figsize=(10, 4))
    for level in dict.fromkeys(row["quantization"] for row in rows):
        of = sorted((row for row in rows if row["quantization"] == level), key=lambda row: row["candidates"])
        speed.plot([row["recall"] for row in of], [row["qps_1"] for row in of], marker="o", label=level)
        memory.plot([row["recall"] for row in of], [row["warm_mib"] for row in of], marker="o", label=level)
    speed.set(xlabel="recall@10", ylabel="searches a second, one thread", xlim=(0.8, 1.002), yscale="log")
    memory.set(xlabel="recall@10", ylabel="warm MiB", xlim=(0.8, 1.002), ylim=(0, None))
    speed.legend()
    save(figure, folder, "recall.svg")


def curve(rows, folder):
    figure, (speed, latency) = plt.subplots(1, 2, figsize=(10, 4))
    searches = [row for row in rows if row["what"] == "load" and "limit_mib" in row]
    kinds = dict.fromkeys((row["quantization"], row["ask"], row["embedder"]) for row in searches)
    for kind in kinds:
        best = {}
        for row in searches:
            if (row["quantization"], row["ask"], row["embedder"]) == kind and row["errors"] == 0:
                limit = int(row["limit_mib"])
                if row["qps"] > best.get(limit, {"qps": 0})["qps"]:
                    best[limit] = row
        limits = sorted(best)
        name = f"{kind[0]}, {kind[1]}" + ("" if kind[2] == "loaded" else ", no embedder")
        speed.plot(limits, [best[limit]["qps"] for limit in limits], marker="o", label=name)
        latency.plot(limits, [best[limit]["p99_ms"] for limit in limits], marker="o", label=name)
    speed.set(xlabel="limit of the control group, MiB", ylabel="searches a second", ylim=(0, None))
    latency.set(xlabel="limit of the control group, MiB", ylabel="99th percentile, ms", yscale="log")
    speed.legend()
    save(figure, folder, "memory-limit.svg")


def rivals(rows, folder):
    figure, axes = plt.subplots(figsize=(6, 4))
    memory = {row["rival"]: row["working_set_mib"] for row in rows if row["what"] == "memory"}
    for name, set_mib in memory.items():
        of = [row for row in rows if row.get("rival") == name and row["what"] in ("rival", "load")]
        if of:
            last = max(row["candidates"] for row in of)
            speed = max(row.get("qps", row.get("qps_2", 0)) for row in of if row["candidates"] == last)
            axes.scatter(set_mib, speed)
            axes.annotate(name, (set_mib, speed), xytext=(5, 5), textcoords="offset points")
    axes.set(xlabel="working set, MiB", ylabel="searches a second, two cores", xscale="log", yscale="log")
    save(figure, folder, "rivals.svg")


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--vectors", nargs="*", default=[], help="results of 'siskin bench vectors'")
parser.add_argument("--curve", nargs="*", default=[], help="results of bench/curve")
parser.add_argument("--rivals", nargs="*", default=[], help="results of bench/rivals/run")
parser.add_argument("--out", type=Path, default=Path("docs/benchmarks"))
options = parser.parse_args()
options.out.mkdir(parents=True, exist_ok=True)
if options.vectors:
    recall([row for row in lines(options.vectors) if row["what"] == "vectors"], options.out)
if options.curve:
    curve(lines(options.curve), options.out)
if options.rivals:
    rivals(lines(options.rivals), options.out)
