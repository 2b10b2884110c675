"""Judges the files of hdf5io/internal/sample with libhdf5 and h5py.

Every value is computed here again from its position and compared with what
h5py reads; then each file goes through h5dump, h5stat, h5repack and h5diff, and
through an edit with h5py (add, delete, read again).

    python hdf5_judge.py DIR

h5py and numpy come from the environment, the h5* tools from hdf5-tools.
"""

import pathlib
import shutil
import subprocess
import sys

import h5py
import numpy as np

SHAPES = [(), (0,), (3, 0, 2), (1,), (5,), (2, 3, 4), (1, 1, 2, 1, 3)]
OPAQUE = {"bfloat16": "V2", "float8_e4m3fn": "V1", "float8_e5m2": "V1"}


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(map(str, what)))


def pattern(dtype, shape):
    dtype = np.dtype(OPAQUE.get(dtype, dtype))
    n = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    return ((np.arange(n) * 7 + 3) % 256).astype("u1").view(dtype).reshape(shape)


def same(got, want, what):
    got = np.asarray(got)
    check(got.dtype == want.dtype and got.shape == want.shape, what, got.dtype, got.shape, want.dtype, want.shape)
    check(got.tobytes() == want.tobytes(), what, "values differ")


def text(n):
    parts = []
    i = length = 0
    while length < n:
        parts.append("abcdefghijklmnopqrstuvwxyz"[: i % 26 + 1])
        length += len(parts[-1])
        i += 1
    return "".join(parts)[:n]


def children(f, n):
    check(sorted(f) == sorted(f"layer_{i}" for i in range(n)), "children of", f.filename)
    for i in range(n):
        g = f[f"layer_{i}"]
        check(g.attrs["index"] == i and g.attrs["index"].dtype == "i8", g.name)
        same(g["kernel"][()], np.array([i, i + 0.5], "f4"), g.name)


def nested(f):
    g = f
    for i in range(50):
        same(g["value"][()], np.int32(i), g.name)
        g = g[f"level{i}"]


def names(f):
    want = [
        "Überschicht", "重み", "🙂", "e\u0301", "a b", "layers\\dense\\vars", "..", "...", "#:*?<>|",
        "kernel:0", "Z", "a", "aa", "ÿ", "long" * 1000,
    ]
    check(sorted(f) == sorted(want), list(f))
    for i, name in enumerate(want):
        check(f[name][()] == i and f[name].attrs[name[:200]] == name, name)


def keras(f):
    for key, value in {"backend": "tensorflow", "keras_version": "3.15.1"}.items():
        check(f.attrs[key] == value, key)
        check(h5py.check_string_dtype(f.attrs.get_id(key).dtype).encoding == "ascii", key)
    g = f["model_weights"]
    layers = [f"a_layer_with_a_rather_long_name_so_that_the_list_is_split_{i}" for i in range(3001)]
    got = np.concatenate([g.attrs[f"layer_names{i}"] for i in range(3)])
    check([n.decode() for n in got] == layers, "layer_names")
    check(got.dtype.kind == "S" and len(g) == 3002, got.dtype, len(g))
    for i, name in enumerate(layers):
        weights = g[name].attrs["weight_names"]
        if i % 3 == 0:
            check(weights.dtype == "f8" and weights.shape == (0,), name)
            continue
        check([w.decode() for w in weights] == [name + "/kernel:0"], name)
        same(g[name][weights[0].decode()][()], np.array([[i, -i]], "f4"), name)


def dtypes(f):
    for dtype in f:
        if dtype == "rank32":
            same(f[dtype][()], np.array([0.25, -0.5]).reshape((1,) * 31 + (2,)), dtype)
            continue
        for i, shape in enumerate(SHAPES):
            want = pattern(dtype, shape) if dtype != "bool" else None
            if want is None:
                n = int(np.prod(shape, dtype=np.int64))
                want = (np.arange(n) % 3 == 1).reshape(shape)
            d = f[f"{dtype}/{i}"]
            same(d[()], want, d.name)
            same(d.attrs["same"], want, d.name)
    check(len(f) == 16, list(f))


def attributes(f):
    for name in f.attrs:
        kind, _, length = name.rpartition("_")
        if kind in ("vlen_utf8", "vlen_ascii"):
            check(f.attrs[name] == text(int(length)), name)
            info = h5py.check_string_dtype(f.attrs.get_id(name).dtype)
            check(info.length is None and "vlen_" + info.encoding.replace("-", "") == kind, name, info)
        elif kind == "fixed" and length != "list":
            check(f.attrs[name] == text(int(length)).encode(), name)
    check(len(f.attrs) == 22 + 6 + 3, len(f.attrs))
    check(f.attrs["empty"].shape == (0,) and f.attrs["empty"].dtype == "f8", "empty")
    check(list(f.attrs["fixed_list"]) == [b"a", b"", "größer".encode()], f.attrs["fixed_list"])
    check(f.attrs["vlen_list"].tolist() == [["a", ""], ["größer", "d"]], f.attrs["vlen_list"])
    many = f["many"].attrs
    check(len(many) == 1000, len(many))
    for i in range(1000):
        same(many[f"attribute_{i}"], np.array([i, 0.5]), i)


def strings(f):
    want = ["ü" * (i % 40) + str(i) for i in range(10_000)]
    want[17], want[18] = "", text(9000)
    check(f["vlen"].asstr()[()].ravel().tolist() == want and f["vlen"].shape == (100, 100), "vlen")
    got = f["fixed"][()]
    check([v.decode() for v in got.ravel()] == want[100:200] and got.shape == (2, 50), "fixed")
    check(f["none"].shape == (0,) and f["scalar"].asstr()[()] == "one", "none, scalar")


def chunked(f):
    want = {
        "fits": ("float32", (20, 30), (10, 15), 6), "edges": ("float32", (23, 31, 5), (7, 4, 2), 1),
        "bytes": ("uint8", (1000,), (33,), 9), "halves": ("float16", (100, 3), (8, 3), 4),
        "stored": ("int64", (50,), (50,), 0), "opaque": ("bfloat16", (9, 9), (2, 9), 5),
        "default": ("float64", (700, 300), None, 6), "default_wide": ("int32", (2, 500_000), None, 6),
        "empty": ("float32", (0, 3), (1, 3), 6), "deep": ("int16", (5000,), (1,), 3),
    }
    check(set(f) == set(want), list(f))
    for name, (dtype, shape, chunk, level) in want.items():
        d = f[name]
        check(d.chunks == (chunk or d.chunks) and d.compression == "gzip" and d.compression_opts == level, name)
        check(d.shuffle == (d.dtype.itemsize > 1) and np.prod(d.chunks) * d.dtype.itemsize <= 2**20, name, d.chunks)
        same(d[()], pattern(dtype, shape), name)
        check(shape[0] == 0 or d.id.get_num_chunks() == np.prod([-(-n // c) for n, c in zip(shape, d.chunks)]), name)


def large(f):
    d = f["a_large"]
    check(d.shape == (5 << 10, 1 << 18) and d.dtype == "f4" and d.id.get_storage_size() == 5 << 30, d)
    for row in (0, 1023, 2047, 4095, 5119):
        got = d[row, -2:].view("u4")
        check(got[0] == 0 and got[1] == (row if row % 1024 == 1023 else 0), row, got)
    check(f["z_after"][()].tolist() == [1, 2], "z_after")


def run(*command):
    r = subprocess.run([str(c) for c in command], capture_output=True)
    check(r.returncode == 0 and not r.stderr, *command, r.returncode, r.stderr[:500])
    return r.stdout


def tools(path, scratch):
    """libhdf5's own tools, and an edit of a copy with h5py."""
    run("h5dump", path)
    check(b"Superblock" in run("h5stat", path), "h5stat", path)
    packed, copy = scratch / "packed.h5", scratch / "copy.h5"
    for options in ([], ["-L"], ["-l", "CONTI"], ["-f", "GZIP=1"]):
        if options == ["-f", "GZIP=1"] and path.stem in ("dtypes", "strings"):
            continue  # h5repack 1.10.8 cannot compress a dataset of size 0, whoever wrote it
        packed.unlink(missing_ok=True)
        run("h5repack", *options, path, packed)
        run("h5diff", path, packed)
    shutil.copy(path, copy)
    with h5py.File(copy, "r+") as f:
        before = list(f)
        for i in range(40):
            f.create_dataset(f"added_{i}/x", data=np.arange(i, dtype="f4"))
            f.attrs[f"added_{i}"] = "y" * 200
        for name in before[::2]:
            del f[name]
        for name in list(f.attrs)[:5]:
            if not name.startswith("added"):
                del f.attrs[name]
    with h5py.File(copy) as f:
        check(set(f) == set(before[1::2]) | {f"added_{i}" for i in range(40)}, "edited", path)
        for i in range(40):
            same(f[f"added_{i}/x"][()], np.arange(i, dtype="f4"), i)
            check(f.attrs[f"added_{i}"] == "y" * 200, i)
        f.visititems(lambda _, o: (dict(o.attrs), o[()] if isinstance(o, h5py.Dataset) else None) and None)
    run("h5dump", copy)


def main(directory):
    directory = pathlib.Path(directory)
    scratch = directory / "scratch"
    scratch.mkdir(exist_ok=True)
    judges = {
        "attributes": attributes, "chunked": chunked, "dtypes": dtypes, "keras": keras, "large": large,
        "names": names, "nested50": nested, "strings": strings,
    }
    for n in (0, 1, 8, 9, 256, 257, 3001):
        judges[f"children{n}"] = lambda f, n=n: children(f, n)
    found = {p.stem for p in directory.glob("*.h5")}
    check(found == set(judges), "files", found ^ set(judges))
    for name, judge in sorted(judges.items()):
        path = directory / f"{name}.h5"
        with h5py.File(path) as f:
            judge(f)
        if name != "large":
            tools(path, scratch)
        print("ok", name, path.stat().st_size)


if __name__ == "__main__":
    main(sys.argv[1])
