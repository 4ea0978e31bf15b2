"""Names the knee of the curve against the memory limit, from lines of results."""

import argparse
import json

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("results")
parser.add_argument("--quantization", required=True)
parser.add_argument("--embedder", required=True)
parser.add_argument("--ask", required=True)
options = parser.parse_args()

wanted = {"what": "load", "quantization": options.quantization, "embedder": options.embedder, "ask": options.ask}
rows = [json.loads(line) for line in open(options.results)]
rows = [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]
rows = [row for row in rows if row["errors"] == 0]
if not rows:
    print("no limit was enough")
else:
    largest = max(int(row["limit_mib"]) for row in rows)
    best = max((row for row in rows if int(row["limit_mib"]) == largest), key=lambda row: row["qps"])
    enough = [
        row
        for row in rows
        if row["qps"] >= best["qps"] / 2 and row["p95_ms"] <= best["p95_ms"] * 2 and row["clients"] == best["clients"]
    ]
    knee = min(enough, key=lambda row: int(row["limit_mib"]))
    print(f"the knee of {options.quantization}: {knee['limit_mib']} MiB ({knee['qps']:.0f} searches a second of "
          f"{best['clients']} clients; {best['qps']:.0f} with {largest} MiB)")
