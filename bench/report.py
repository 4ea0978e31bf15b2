"""Prints tables of lines of results in Markdown."""

import argparse
import json
import statistics


def lines(files):
    for file in files:
        with open(file) as results:
            for line in results:
                yield json.loads(line)


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(shown(value) for value in row) + " |")
    print()


def shown(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:,.0f}"
    return str(value)


def vectors(rows):
    levels = {row["quantization"]: row for row in rows}.values()
    names = [
        ("quantization", "quantization"), ("docs/s", "docs_per_s"), ("merged s", "settled_s"),
        ("merging CPU s", "merge_cpu_s"), ("segments", "segments"), ("disk MiB", "disk_mib"), ("raw", "disk_raw_mib"),
        ("quantized", "disk_quantized_mib"), ("graph", "disk_graph_mib"), ("postings", "disk_postings_mib"),
        ("text", "disk_text_mib"),
    ]
    table([head for head, _ in names], [[row.get(name) for _, name in names] for row in levels])
    names = [
        ("quantization", "quantization"), ("candidates", "candidates"), ("recall@10", "recall"), ("visited", "visited"),
        ("mean ms", "mean_ms"), ("p50 ms", "p50_ms"), ("p99 ms", "p99_ms"), ("QPS 1 thread", "qps_1"),
        ("QPS 2 threads", "qps_2"), ("warm MiB", "warm_mib"), ("of it raw", "warm_raw_mib"),
        ("quantized", "warm_quantized_mib"), ("graph", "warm_graph_mib"),
    ]
    table([head for head, _ in names], [[row.get(name) for _, name in names] for row in rows])


def rivals(rows):
    """The first row of each rival that reaches the recall, or its best."""
    gathered = {}
    for row in rows:
        name = row.get("rival")
        if name is None:
            continue
        of = gathered.setdefault(name, {"searches": {}})
        if row["what"] in ("built", "memory"):
            of.update(row)
        elif row["what"] == "rival":
            of["searches"][row["candidates"]] = row
        else:
            of["searches"].setdefault(row["candidates"], {"clients": {}}).setdefault("clients", {})[row["clients"]] = row
    shown_rows = []
    for name, of in gathered.items():
        if not of["searches"]:
            shown_rows.append([name] + [None] * 12)
            continue
        candidates = max(of["searches"])
        search = of["searches"][candidates]
        clients = search.get("clients", {})
        one = clients.get(1, search)
        shown_rows.append([
            name, candidates, one.get("recall"), one.get("p50_ms"), one.get("p99_ms"),
            one.get("qps", search.get("qps_1")), clients.get(2, {}).get("qps", search.get("qps_2")),
            clients.get(4, {}).get("qps"), of.get("working_set_mib"), of.get("anonymous_mib"), of.get("page_cache_mib"), of.get("disk_mib"), of.get("build_s"),
        ])
    table(["", "candidates", "recall@10", "p50 ms", "p99 ms", "QPS 1", "QPS 2", "QPS 4", "working set MiB",
           "anonymous", "page cache", "disk MiB", "build s"], shown_rows)


def curve(rows):
    limits = {(r["quantization"], r["limit_mib"], r["embedder"], r["ask"]): r for r in rows if r["what"] == "limit"}
    searches = {}
    for row in rows:
        if row["what"] == "load" and "limit_mib" in row:
            key = (row["quantization"], int(row["limit_mib"]), row["embedder"], row["ask"])
            searches.setdefault(key, []).append(row)
    shown_rows = []
    for key, limit in limits.items():
        memory = [limit["working_set_mib"], limit["anonymous_mib"], limit["page_cache_mib"]]
        if not limit["lived"]:
            shown_rows.append([*key, "killed" if limit["kills"] else "did not start", *[None] * 7, *memory])
            continue
        for row in searches.get(key, []):
            shown_rows.append([*key, row["candidates"] or "default", row["clients"], row["qps"], row["p50_ms"],
                               row["p95_ms"], row["p99_ms"], row.get("recall"), row["errors"], *memory])
    table(["quantization", "limit MiB", "embedder", "asked", "candidates", "clients", "QPS", "p50 ms", "p95 ms", "p99 ms",
           "recall@10", "errors", "working set MiB", "anonymous", "page cache"], shown_rows)


def built(rows):
    names = [("quantization", "quantization"), ("limit MiB", "limit_mib"), ("passages", "passages"), ("sent s", "send_s"),
             ("merged s", "settled_s"), ("passages/s", "passages_per_s")]
    table([head for head, _ in names], [[row.get(name) for _, name in names] for row in rows if row["what"] == "bulk"])


def rewriting(rows):
    """The rows of a phase by the median of each column."""
    phases = {}
    for row in rows:
        if "phase" in row:
            phases.setdefault((row["quantization"], row["rewritten_limit_mib"], row["phase"]), []).append(row)
    names = [("QPS", "qps"), ("p50 ms", "p50_ms"), ("p95 ms", "p95_ms"), ("p99 ms", "p99_ms")]
    table(["quantization", "limit MiB", "phase", "rows", *[head for head, _ in names]],
          [[*key, len(of), *[statistics.median(row[name] for row in of) for _, name in names]] for key, of in phases.items()])


def filters(rows):
    names = [("quantization", "quantization"), ("candidates", "candidates"), ("share", "share"), ("passages", "passages"),
             ("recall@10", "recall"), ("visited", "visited"), ("mean ms", "mean_ms"), ("p50 ms", "p50_ms"),
             ("p99 ms", "p99_ms")]
    table([head for head, _ in names], [[row.get(name) for _, name in names] for row in rows if row["what"] == "filters"])


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("kind", choices=["vectors", "filters", "rivals", "curve", "built", "rewriting"])
parser.add_argument("files", nargs="+")
options = parser.parse_args()
rows = list(lines(options.files))
if options.kind == "vectors":
    vectors([row for row in rows if row["what"] == "vectors"])
elif options.kind == "rivals":
    rivals(rows)
elif options.kind == "curve":
    curve(rows)
elif options.kind == "rewriting":
    rewriting(rows)
elif options.kind == "filters":
    filters(rows)
else:
    built(rows)
