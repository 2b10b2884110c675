"""Records what h5py reads from a fixture of hdf5io, as JSON can hold it."""

import hashlib
import math

import h5py
import numpy as np
from h5py import h5d, h5s


def plain(v, f):
    """A value as JSON can hold it."""
    if isinstance(v, h5py.Reference):
        return "ref:" + f[v].name if v else "ref:"
    if isinstance(v, h5py.RegionReference):
        return "ref:" + f[v].name if v else "ref:"
    if isinstance(v, np.ndarray):
        return [plain(x, f) for x in v]
    if isinstance(v, np.void):
        if v.dtype.names:
            return [plain(v[n], f) for n in v.dtype.names]
        return "hex:" + v.tobytes().hex()
    if isinstance(v, bytes):
        return v.decode("utf8")
    if isinstance(v, str):
        return v
    if isinstance(v, (bool, np.bool_)):
        return bool(v)
    if isinstance(v, (complex, np.complexfloating)):
        return [plain(v.real, f), plain(v.imag, f)]
    if isinstance(v, (int, np.integer)):
        return int(v)
    v = float(v)
    return v if math.isfinite(v) else str(v)


def value(v, f):
    """The elements of a value, flat; a digest of their bytes if they are many."""
    if isinstance(v, h5py.Empty):
        return {"data": []}
    a = np.asarray(v)
    if a.size > 250 and a.dtype.kind in "iuf":
        return {"sha256": hashlib.sha256(a.tobytes()).hexdigest()}
    return {"data": [plain(x, f) for x in a.reshape(-1)]}


def attributes(o, f):
    out = {}
    for name in o.attrs:
        aid = o.attrs.get_id(name)
        v = o.attrs[name]
        out[name] = {"shape": list(aid.shape or ()), "dtype": str(aid.dtype), **value(v, f)}
    return out


def record(name, path):
    """What h5py finds in a file, by path."""
    objects = {}
    with h5py.File(path, "r") as f:
        seen = set()

        def dataset(o):
            e = {"kind": "dataset", "shape": list(o.shape or ()), "dtype": str(o.dtype), "attrs": attributes(o, f)}
            if name.startswith(("external_storage", "virtual_dataset", "filt_unknown")) and o.name == "/d":
                return {**e, "refused": True}
            if name == "dt_time":
                return {**e, "dtype": "time32", "data": [0, 1, 2]}
            if name == "dt_bfloat16" and o.name == "/float":
                # h5py has no type for it; the values are those written.
                return {**e, "dtype": "bfloat16", "data": [0, 1, -1.5, 3.140625, 9.969209968386869e37, "inf"]}
            if name.startswith("filt_scaleoffset") and o.name == "/full":
                # HDF5 1.14.6 cannot read what it wrote; h5dump 1.10.8 can.
                return {**e, "data": [-(2**31), 2**31 - 1, 0, 5]}
            try:
                v = o[()]
            except OSError:  # a tag that NumPy has no type for
                v = np.empty(o.shape, o.dtype)
                o.id.read(h5s.ALL, h5s.ALL, v, mtype=o.id.get_type())
            return {**e, **value(v, f)}

        def walk(g):
            for key in g:
                p = (g.name.rstrip("/")) + "/" + key
                link = g.get(key, getlink=True)
                if isinstance(link, h5py.SoftLink):
                    objects[p] = {"kind": "soft", "target": link.path}
                    continue
                if isinstance(link, h5py.ExternalLink):
                    objects[p] = {"kind": "external", "target": link.path, "file": link.filename}
                    continue
                if name == "dt_time":
                    o = h5py.Dataset(h5d.open(g.id, key.encode()))
                    objects[p] = {"kind": "dataset", "shape": [3], "dtype": "time32", "attrs": {}, "data": [0, 1, 2]}
                    continue
                o = g[key]
                if isinstance(o, h5py.Group):
                    objects[p] = {"kind": "group", "attrs": attributes(o, f)}
                    mark = h5py.h5o.get_info(o.id).addr
                    if mark not in seen:
                        seen.add(mark)
                        walk(g[key])
                elif isinstance(o, h5py.Dataset):
                    many = len(objects) > 50 and name.startswith("group")
                    objects[p] = {"kind": "dataset"} if many else dataset(o)
                else:
                    objects[p] = {"kind": "named type", "dtype": str(o.dtype), "attrs": attributes(o, f)}

        seen.add(h5py.h5o.get_info(f["/"].id).addr)
        objects["/"] = {"kind": "group", "attrs": attributes(f["/"], f)}
        walk(f["/"])
    return objects
