"""Compares what "kerasrun h5 dump --json" prints with what h5py reads.

    python h5_dump_compare.py KERASRUN FILE...

Every object, type, shape, attribute and value is compared; floats must be equal
to the last bit. What either of the two cannot read is listed.
"""

import json
import math
import subprocess
import sys

import h5py
import numpy as np


def plain(v):
    """The JSON form of a value that h5py read."""
    if v is None or isinstance(v, h5py.Empty):
        return None
    if isinstance(v, (np.ndarray, list, tuple)):
        return [plain(x) for x in v]
    if isinstance(v, np.void):
        return [plain(v[n]) for n in v.dtype.names] if v.dtype.names else v.tobytes().hex()
    if isinstance(v, bytes):
        return v.decode("utf-8", "replace")
    if isinstance(v, str):
        return v.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if isinstance(v, (complex, np.complexfloating)):
        return [plain(v.real), plain(v.imag)]
    if isinstance(v, np.longdouble):
        v = float(v)
    if isinstance(v, np.generic):
        v = v.item()
    if isinstance(v, float) and math.isnan(v):
        return "NaN"
    if isinstance(v, float) and math.isinf(v):
        return "Infinity" if v > 0 else "-Infinity"
    return v


def has_reference(dtype):
    """References are shown as their bytes, which h5py does not give."""
    if not isinstance(dtype, np.dtype):
        return False  # the str or bytes of a variable-length string
    if dtype.names:
        return any(has_reference(dtype[n]) for n in dtype.names)
    if dtype.subdtype:
        return has_reference(dtype.subdtype[0])
    if h5py.check_vlen_dtype(dtype):
        return has_reference(h5py.check_vlen_dtype(dtype))
    return h5py.check_ref_dtype(dtype) is not None


def short(v):
    return str(v)[:100]


def compare_attributes(o, ours):
    for key in o.attrs:
        if has_reference(o.attrs.get_id(key).dtype):
            continue
        got, want = ours["attrs"].get(key), plain(o.attrs[key])
        if got != want:
            yield f"attribute {key}: {short(got)} != {short(want)}"
    if len(ours["attrs"]) != len(o.attrs):
        yield f"{len(ours['attrs'])} attributes, want {len(o.attrs)}"


def compare_dataset(d, ours):
    if ours["dtype"] != str(d.dtype):
        yield f"dtype {ours['dtype']} != {d.dtype}"
    shape = None if d.shape is None else list(d.shape)
    if ours["shape"] != shape:
        yield f"shape {ours['shape']} != {shape}"
    if "error" not in ours and not has_reference(d.dtype):
        want = plain(d[()])
        if ours["data"] != want:
            yield f"data {short(ours['data'])} != {short(want)}"


def compare(program, path):
    """Returns the differences, the number of objects, and that of unreadable ones."""
    r = subprocess.run([program, "h5", "dump", "--json", path], capture_output=True)
    if not r.stdout:
        return [f"no output: {r.stderr.decode()[:200]}"], 0, 0
    objects = {o["path"]: o for o in json.loads(r.stdout)["objects"]}
    different, unreadable = [], 0
    for where, ours in objects.items():
        if "error" in ours or "attrs_error" in ours:
            unreadable += 1
            print("kerasrun cannot read", path, where, short(ours.get("error", ours.get("attrs_error"))))
    with h5py.File(path) as f:
        seen = {"/"}

        def visit(name, o):
            where = "/" + name.strip("/")
            seen.add(where)
            if where not in objects:
                different.append(f"{where}: missing")
                return
            try:
                for line in compare_attributes(o, objects[where]):
                    different.append(f"{where}: {line}")
                if isinstance(o, h5py.Dataset):
                    for line in compare_dataset(o, objects[where]):
                        different.append(f"{where}: {line}")
            except (OSError, TypeError) as e:
                print("h5py cannot read", path, where, short(e))

        visit("/", f["/"])
        f.visititems(visit)
        for where, ours in objects.items():
            # links are shown as such, and h5py visits an object with two names once
            if where not in seen and not ours["kind"].endswith("link") and f.get(where) not in [f[p] for p in seen]:
                different.append(f"{where}: h5py does not have it")
    return different, len(objects), unreadable


def main(program, files):
    failed = total = unreadable = 0
    for path in files:
        different, objects, errors = compare(program, path)
        total += objects
        unreadable += errors
        failed += bool(different)
        for line in different[:10]:
            print("DIFFERENT", path, line)
    print(f"{len(files)} files, {total} objects, {unreadable} not readable, {failed} files different")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
