"""Holds the digests that hdf5io's TestRealWorld wrote against what h5py reads.

Usage: KERASRUN_REALWORLD=DIR KERASRUN_DIGESTS=FILE go test -run TestRealWorld ./hdf5io
       python scripts/hdf5_compare.py FILE
"""

import hashlib
import json
import sys

import h5py
import numpy as np


def digest(v):
    """As digestObject in realworld_test.go: bytes of numbers, strings with their lengths."""
    if isinstance(v, h5py.Empty):
        return hashlib.sha256(b"").hexdigest()
    a = np.asarray(v)
    if a.dtype.kind not in "OSU":
        return hashlib.sha256(a.tobytes()).hexdigest()
    h = hashlib.sha256()
    for x in a.reshape(-1):
        b = x if isinstance(x, bytes) else str(x).encode("utf8")
        h.update(b"%d:" % len(b) + b)
    return h.hexdigest()


def values(path):
    """All values of a file, by path, attributes as path@name."""
    out = {}
    seen = set()

    def attributes(name, o):
        for key in o.attrs:
            out[name + "@" + key] = digest(o.attrs[key])

    def walk(g):
        attributes(g.name, g)
        for key in g:
            o = g[key]
            name = g.name.rstrip("/") + "/" + key
            mark = h5py.h5o.get_info(o.id).addr
            if isinstance(o, h5py.Group):
                if mark not in seen:
                    seen.add(mark)
                    walk(o)
            else:
                attributes(name, o)
                out[name] = digest(o[()])

    with h5py.File(path, "r") as f:
        walk(f["/"])
    return out


def main():
    ours = {}
    for line in open(sys.argv[1]):
        path, name, value = json.loads(line)
        ours.setdefault(path, {})[name] = value
    same = differ = 0
    for path, got in ours.items():
        want = values(path)
        for name in sorted(got.keys() | want.keys()):
            if got.get(name) == want.get(name):
                same += 1
            else:
                differ += 1
                print("%s %s: %s, h5py has %s" % (path, name, got.get(name), want.get(name)))
    print("%d files, %d values equal, %d differ" % (len(ours), same, differ))
    sys.exit(differ > 0)


if __name__ == "__main__":
    main()
