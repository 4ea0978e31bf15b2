"""What the Python rivals share: the data set, the closed loop of one and two threads, a line of JSON per row."""

import argparse
import json
import threading
import time
from pathlib import Path

import numpy as np

DIMENSIONS = 384
DEPTH = 100
K = 10


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("step", choices=["build", "search"])
    parser.add_argument("--dataset", type=Path, required=True, help="folder written by bench/dataset")
    parser.add_argument("--folder", type=Path, required=True, help="folder of the index")
    parser.add_argument("--results", type=Path, help="file to add a line of JSON to for each row")
    parser.add_argument("--recall", type=float, default=0.97, help="stop at the first row that reaches it")
    parser.add_argument("--seconds", type=float, default=5, help="of each row and number of threads")
    parser.add_argument("--candidates", default="10,20,50,100,150,200,300,500,1000")
    return parser.parse_args()


def vectors(dataset):
    """Mapped, not read: [passages][DIMENSIONS]."""
    return np.memmap(dataset / "vectors.f32", dtype="<f4", mode="r").reshape(-1, DIMENSIONS)


def queries(dataset):
    return np.fromfile(dataset / "queries.f32", dtype="<f4").reshape(-1, DIMENSIONS)


def truth(dataset):
    return np.fromfile(dataset / "truth.i32", dtype="<i4").reshape(-1, DEPTH)[:, :K]


class Client(threading.Thread):
    """Asks every query once, then goes on until the end."""

    def __init__(self, search, asked, nearest, first, end):
        super().__init__()
        self.search, self.asked, self.nearest, self.first, self.end = search, asked, nearest, first, end
        self.millis, self.found, self.failure = [], 0, None

    def run(self):
        try:
            began = time.perf_counter()
            sent = 0
            while sent < len(self.asked) or time.perf_counter() < self.end:
                number = (self.first + sent) % len(self.asked)
                start = time.perf_counter()
                ids = self.search(self.asked[number])
                self.millis.append((time.perf_counter() - start) * 1000)
                if sent < len(self.asked):
                    self.found += len(set(self.nearest[number]) & set(ids))
                sent += 1
            self.seconds = time.perf_counter() - began
        except Exception as failure:  # handed to the main thread
            self.failure = failure


def run(search, asked, nearest, threads, seconds):
    end = time.perf_counter() + seconds
    clients = [Client(search, asked, nearest, len(asked) * n // threads, end) for n in range(threads)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
        if client.failure is not None:
            raise client.failure
    return clients


def sweep(rival, search_with, options):
    """search_with(candidates) gives a function from a query to the ids of its K nearest."""
    asked, nearest = queries(options.dataset), truth(options.dataset)
    for candidates in (int(one) for one in options.candidates.split(",")):
        search = search_with(candidates)
        run(search, asked, nearest, 1, 0)
        alone = run(search, asked, nearest, 1, options.seconds)[0]
        both = run(search, asked, nearest, 2, options.seconds)
        recall = alone.found / (len(asked) * K)
        row = {
            "what": "rival",
            "rival": rival,
            "candidates": candidates,
            "recall": round(recall, 4),
            "p50_ms": round(float(np.percentile(alone.millis, 50)), 4),
            "p99_ms": round(float(np.percentile(alone.millis, 99)), 4),
            "qps_1": round(len(alone.millis) / alone.seconds, 1),
            "qps_2": round(sum(len(client.millis) / client.seconds for client in both), 1),
        }
        line = json.dumps(row)
        print(line, flush=True)
        if options.results:
            with options.results.open("a") as results:
                results.write(line + "\n")
        if recall >= options.recall:
            return
