"""Draws lines of results as SVG: recall against latency and memory, the curve against the memory limit, and a storm."""

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


def overload(rows, folder):
    seconds = [row for row in rows if row["what"] == "overload-second"]
    at = [row["second"] for row in seconds]
    figure, (load, latency, memory) = plt.subplots(3, 1, figsize=(8, 8), sharex=True,
                                                   gridspec_kw={"height_ratios": [3, 3, 1]})
    kinds = ("whole", "degraded", "shed", "other")
    load.stackplot(at, *([row[kind] for row in seconds] for kind in kinds), step="post",
                   labels=("whole", "a step down", "shed (503, 429)", "other"))
    load.set(ylabel="questions due in a second", ylim=(0, None))
    load.legend(loc="upper left")
    for name, label in (("whole_p50_ms", "whole, p50"), ("whole_p99_ms", "whole, p99"),
                        ("degraded_p99_ms", "a step down, p99"), ("shed_p99_ms", "shed, p99")):
        shown = [row for row in seconds if row[name] > 0]
        latency.plot([row["second"] for row in shown], [row[name] for row in shown], label=label)
    latency.axhline(seconds[0]["deadline_ms"], linestyle=":", color="grey", label="deadline")
    latency.set(ylabel="ms", yscale="log")
    latency.legend(loc="upper left")
    memory.plot(at, [row["anonymous_mib"] + row["kernel_mib"] for row in seconds])
    memory.set(xlabel="seconds", ylabel="MiB", ylim=(0, None))
    before = None
    for row in seconds:
        if row["factor"] != before:
            load.annotate(f"{row['factor']:g}x", (row["second"], 0), xytext=(2, 4), textcoords="offset points")
            for axes in (load, latency, memory):
                axes.axvline(row["second"], linewidth=0.5, color="grey")
            before = row["factor"]
    save(figure, folder, "overload.svg")


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--vectors", nargs="*", default=[], help="results of 'siskin bench vectors'")
parser.add_argument("--curve", nargs="*", default=[], help="results of bench/curve")
parser.add_argument("--rivals", nargs="*", default=[], help="results of bench/rivals/run")
parser.add_argument("--overload", nargs="*", default=[], help="results of bench/overload, one run")
parser.add_argument("--out", type=Path, default=Path("docs/benchmarks"))
options = parser.parse_args()
options.out.mkdir(parents=True, exist_ok=True)
if options.vectors:
    recall([row for row in lines(options.vectors) if row["what"] == "vectors"], options.out)
if options.curve:
    curve(lines(options.curve), options.out)
if options.rivals:
    rivals(lines(options.rivals), options.out)
if options.overload:
    overload(lines(options.overload), options.out)
