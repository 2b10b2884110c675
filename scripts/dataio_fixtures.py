#!/usr/bin/env python
"""Writes internal/dataio/testdata with NumPy and pyarrow.

    python scripts/dataio_fixtures.py

expected.json holds, for every array by file, its shape and values as JSON.
"""

import json
import math
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

OUT = pathlib.Path(__file__).resolve().parent.parent / "internal" / "dataio" / "testdata"

ARRAYS = {
    "float16": np.array([[1.5, -2, 65504], [6e-8, np.inf, np.nan]], np.float16),
    "float32": np.array([[0.1, -1e-45], [3.4e38, -np.inf]], np.float32),
    "float64_fortran": np.asfortranarray(np.arange(24.0).reshape(2, 3, 4) / 7),
    "big_endian": np.array([1.25, -3e300], ">f8"),
    "int8": np.array([-128, 127], np.int8),
    "int16": np.array([-32768, 32767], np.int16),
    "int32": np.array([[-(2**31)], [2**31 - 1]], np.int32),
    "int64_big_endian": np.array([-(2**63), 2**63 - 1], ">i8"),
    "uint8": np.array([0, 255], np.uint8),
    "uint16": np.array([65535], np.uint16),
    "uint32": np.array([2**32 - 1], np.uint32),
    "uint64": np.array([2**63 - 1], np.uint64),
    "bool": np.array([True, False]),
    "bytes": np.array([b"ab", b"", b"a\x00b"]),
    "unicode": np.array(["añ", "", "語語語"]),
    "scalar": np.float64(2.5),
    "empty": np.zeros((0, 3), np.float32),
}

TABLES = {
    "plain": {
        "f": pa.array([1.5, None, math.inf], pa.float32()),
        "d": pa.array([0.1, -2.0, None], pa.float64()),
        "h": pa.array(np.array([0.5, -1, 65504], np.float16)),
        "i8": pa.array([-128, 0, 127], pa.int8()),
        "i64": pa.array([-(2**63), 0, 2**63 - 1], pa.int64()),
        "u32": pa.array([0, 1, 2**32 - 1], pa.uint32()),
        "u64": pa.array([0, 1, 2**63 - 1], pa.uint64()),
        "b": pa.array([True, False, True]),
        "s": pa.array(["a", "", "語"]),
        "same": pa.array([7, 7, 7], pa.int64()),
    },
    "lists": {
        "steps": pa.array([[1.0, 2, 3], [4, None, 6], [7, 8, 9]], pa.list_(pa.float32())),
        "fixed": pa.array([[1, 2], [3, 4], [5, 6]], pa.list_(pa.int64(), 2)),
        "y": pa.array([1.0, 2, 3], pa.float64()),
    },
    "bad_null_int": {"n": pa.array([1, 2, None], pa.int64())},
    "bad_null_list": {"n": pa.array([[1.0], [2.0], None], pa.list_(pa.float64()))},
    "bad_ragged": {"n": pa.array([[1.0], [2.0], [3.0, 4.0]], pa.list_(pa.float64()))},
    "bad_empty_list": {"n": pa.array([[1.0], [2.0], []], pa.list_(pa.float64()))},
    "bad_nested": {"n": pa.array([[[1.0]], [[2.0]], [[3.0]]], pa.list_(pa.list_(pa.float64())))},
    "bad_struct": {"n": pa.array([{"a": 1, "b": 2}] * 3)},
    "bad_map": {"n": pa.array([[("a", 1)]] * 3, pa.map_(pa.string(), pa.int64()))},
    "bad_date": {"n": pa.array([0, 1, 2], pa.timestamp("ms"))},
    "bad_u64": {"n": pa.array([0, 1, 2**63], pa.uint64())},
}


def plain(x):
    """JSON has no NaN and no infinity: they become strings."""
    if isinstance(x, list):
        return [plain(v) for v in x]
    if isinstance(x, bytes):
        return x.decode()
    if isinstance(x, float) and not math.isfinite(x):
        return str(x)
    return x


def main():
    OUT.mkdir(exist_ok=True)
    expected = {}

    def expect(file, name, shape, values):
        expected.setdefault(file, {})[name] = {"shape": list(shape), "values": plain(values)}

    for name, a in ARRAYS.items():
        np.save(OUT / f"{name}.npy", a)
        expect(f"{name}.npy", "", a.shape, a.ravel().tolist())
        for npz in ("stored.npz", "deflated.npz"):
            expect(npz, name, a.shape, a.ravel().tolist())
    with open(OUT / "version3.npy", "wb") as f:
        np.lib.format.write_array(f, ARRAYS["float32"], version=(3, 0))
    expect("version3.npy", "", ARRAYS["float32"].shape, ARRAYS["float32"].ravel().tolist())
    np.savez(OUT / "stored.npz", **ARRAYS)
    np.savez_compressed(OUT / "deflated.npz", **ARRAYS)

    for name, columns in TABLES.items():
        table = pa.table(columns)
        for codec in ("snappy", "zstd", "gzip", "none") if name in ("plain", "lists") else ("none",):
            file = f"{name}_{codec}.parquet" if codec != "none" else f"{name}.parquet"
            version = "2.0" if codec in ("zstd", "none") else "1.0"
            pq.write_table(table, OUT / file, compression=codec, row_group_size=2, data_page_version=version)
            if name.startswith("bad_"):
                continue
            for column, a in columns.items():
                rows = [[math.nan if v is None else v for v in r] if isinstance(r, list) else r
                        for r in a.to_pylist()]
                flat, shape = [], [len(rows)]
                for r in rows:
                    if isinstance(r, list):
                        shape = [len(rows), len(r)]
                        flat += r
                    else:
                        flat.append(math.nan if r is None else r)
                expect(file, column, shape, [float(v) if isinstance(v, np.floating) else v for v in flat])
    (OUT / "expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n")


main()
