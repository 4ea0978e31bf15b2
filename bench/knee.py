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
most = {}
for row in rows:
    limit = int(row["limit_mib"])
    if row["errors"] == 0 and row["qps"] > most.get(limit, {"qps": 0})["qps"]:
        most[limit] = row
if not most:
    print("no limit was enough")
else:
    best = most[max(most)]
    enough = [
        limit
        for limit, row in most.items()
        if row["qps"] >= best["qps"] / 2 and row["p95_ms"] <= best["p95_ms"] * 2 and row["clients"] == best["clients"]
    ]
    print(f"the knee of {options.quantization}: {min(enough)} MiB ({most[min(enough)]['qps']:.0f} searches a second; "
          f"{best['qps']:.0f} with {max(most)} MiB)")
