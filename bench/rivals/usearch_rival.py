"""usearch, its graph over int8 vectors memory-mapped from disk; candidates rescored on the mapped raw vectors."""

import numpy as np
import rival
from usearch.index import Index

CONNECTIVITY = 32
EXPANSION_ADD = 200


def build(options):
    index = Index(
        ndim=rival.DIMENSIONS, metric="ip", dtype="i8", connectivity=CONNECTIVITY, expansion_add=EXPANSION_ADD
    )
    vectors = rival.vectors(options.dataset)
    index.add(np.arange(len(vectors)), np.asarray(vectors), threads=2)
    index.save(str(options.folder / "usearch"))


def search(options):
    index = Index.restore(str(options.folder / "usearch"), view=True)
    raw = rival.vectors(options.dataset)

    def with_candidates(candidates):
        index.expansion_search = candidates

        def nearest(query):
            keys = np.sort(index.search(query, candidates, threads=1).keys)
            best = np.argsort(raw[keys] @ query)[::-1][: rival.K]
            return keys[best].tolist()

        return nearest

    rival.sweep("usearch", with_candidates, options)


options = rival.arguments(__doc__)
build(options) if options.step == "build" else search(options)
