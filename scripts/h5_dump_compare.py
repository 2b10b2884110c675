"""Compares what "kerasrun h5 dump --json" prints with what h5py reads.

    python h5_dump_compare.py KERASRUN FILE...

Every object, type, shape, attribute and value is compared; floats must be equal
to the last bit. Objects that kerasrun reports as errors are counted and listed.
"""

import json
import math
import subprocess
import sys

import h5py
import numpy as np


def plain(v, dtype):
    """The JSON form of a value that h5py read."""
    if isinstance(v, h5py.Empty):
        return None
    if isinstance(v, (np.ndarray, list, tuple)):
        return [plain(x, dtype) for x in v]
    if isinstance(v, np.void):
        if v.dtype.names:
            return [plain(v[n], v.dtype[n]) for n in v.dtype.names]
        return v.tobytes().hex()
    if isinstance(v, (h5py.Reference, h5py.RegionReference)):
        return "reference"
    if isinstance(v, bytes):
        return v.decode("utf-8", "replace")
    if isinstance(v, str):
        return v.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if isinstance(v, (complex, np.complexfloating)):
        return [plain(v.real, None), plain(v.imag, None)]
    if isinstance(v, np.generic):
        v = v.item()
    if isinstance(v, np.longdouble):  # item() leaves them as they are
        v = float(v)
    if isinstance(v, float) and math.isnan(v):
        return "NaN"
    if isinstance(v, float) and math.isinf(v):
        return "Infinity" if v > 0 else "-Infinity"
    return v


def has_reference(dtype):
    if not isinstance(dtype, np.dtype):
        return False  # the str or bytes of a variable-length string
    if dtype.names:
        return any(has_reference(dtype[n]) for n in dtype.names)
    if dtype.subdtype:
        return has_reference(dtype.subdtype[0])
    if h5py.check_vlen_dtype(dtype):
        return has_reference(h5py.check_vlen_dtype(dtype))
    return h5py.check_ref_dtype(dtype) is not None


def compare(program, path):
    r = subprocess.run([program, "h5", "dump", "--json", path], capture_output=True)
    if not r.stdout:
        return [f"no output: {r.stderr.decode()[:200]}"], [], 0
    document = json.loads(r.stdout)
    differences, errors = [], []
    objects = {}
    for o in document["objects"]:
        objects[o["path"]] = o
    with h5py.File(path) as f:
        seen = set()

        def visit(name, o):
            path = "/" + name if name != "/" else name
            seen.add(path)
            ours = objects.get(path)
            if ours is None:
                differences.append(f"{path}: missing")
                return
            if "error" in ours or "attrs_error" in ours:
                errors.append(f"{path}: {ours.get('error', ours.get('attrs_error'))}")
            for key, value in o.attrs.items():
                want = plain(value, None)
                got = ours["attrs"].get(key)
                dtype = o.attrs.get_id(key).dtype
                if got != want and not has_reference(dtype):
                    differences.append(f"{path}: attribute {key}: {str(got)[:100]} != {str(want)[:100]}")
            if len(ours["attrs"]) != len(o.attrs):
                differences.append(f"{path}: {len(ours['attrs'])} attributes, want {len(o.attrs)}")
            if isinstance(o, h5py.Dataset):
                if ours["dtype"] != str(o.dtype):
                    differences.append(f"{path}: dtype {ours['dtype']} != {o.dtype}")
                shape = None if o.shape is None else list(o.shape)
                if ours["shape"] != shape:
                    differences.append(f"{path}: shape {ours['shape']} != {shape}")
                if "error" in ours or has_reference(o.dtype):
                    return
                want = plain(o[()], o.dtype)
                if ours["data"] != want:
                    differences.append(f"{path}: data {str(ours['data'])[:100]} != {str(want)[:100]}")

        visit("/", f["/"])
        f.visititems(visit)
        links = {p for p, o in objects.items() if o["kind"].endswith("link")}
        for path in set(objects) - seen - links:
            if objects[path]["kind"] == "group" or "error" not in objects[path]:
                # visititems visits an object with two names once
                if path not in f or f[path] not in [f[p] for p in seen]:
                    differences.append(f"{path}: h5py does not have it")
    return differences, errors, len(objects)


def main(program, files):
    failed = total = refused = 0
    for path in files:
        differences, errors, n = compare(program, path)
        total += n
        refused += len(errors)
        for line in errors:
            print("error", path, line[:200])
        for line in differences[:10]:
            print("DIFFERENT", path, line)
        failed += bool(differences)
    print(f"{len(files)} files, {total} objects, {refused} not readable, {failed} files different")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
