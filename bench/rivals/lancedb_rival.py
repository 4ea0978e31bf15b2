"""LanceDB, IVF_HNSW_SQ with one partition; candidates refined on the raw vectors."""

import lancedb
import pyarrow as pa
import rival
from lancedb.index import HnswSq

CONNECTIONS = 32
EF_CONSTRUCTION = 200
BATCH = 10_000


def batches(vectors):
    for start in range(0, len(vectors), BATCH):
        part = vectors[start : start + BATCH]
        values = pa.FixedSizeListArray.from_arrays(pa.array(part.reshape(-1)), rival.DIMENSIONS)
        yield pa.RecordBatch.from_arrays([pa.array(range(start, start + len(part)), pa.int32()), values], ["id", "vector"])


def build(options):
    schema = pa.schema([("id", pa.int32()), ("vector", pa.list_(pa.float32(), rival.DIMENSIONS))])
    table = lancedb.connect(str(options.folder)).create_table(
        "bench", batches(rival.vectors(options.dataset)), schema=schema
    )
    table.create_index(
        "vector",
        config=HnswSq(distance_type="dot", num_partitions=1, m=CONNECTIONS, ef_construction=EF_CONSTRUCTION),
    )


def search(options):
    table = lancedb.connect(str(options.folder)).open_table("bench")

    def with_candidates(candidates):
        def nearest(query):
            found = table.search(query).distance_type("dot").nprobes(1).ef(candidates)
            found = found.refine_factor(max(1, candidates // rival.K)).limit(rival.K).select(["id", "_distance"])
            return found.to_arrow()["id"].to_pylist()

        return nearest

    rival.sweep("lancedb", with_candidates, options)


options = rival.arguments(__doc__)
build(options) if options.step == "build" else search(options)
