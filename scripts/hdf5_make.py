"""What the makers of hdf5io's fixtures share: files and objects without time stamps."""

import ctypes

import h5py
import numpy as np
from h5py import h5d, h5f, h5g, h5p, h5s, h5t

CASES = []


def libhdf5():
    """The library that h5py uses, for functions that h5py does not wrap."""
    for line in open("/proc/self/maps"):
        path = line.split()[-1]
        if "/libhdf5-" in path or "/libhdf5.so" in path:
            return ctypes.CDLL(path)
    raise RuntimeError("libhdf5 not found")


LIB = libhdf5()


def call(name, hid, *args):
    """Calls a function of libhdf5 whose first argument is an identifier."""
    fn = getattr(LIB, name)
    if fn(ctypes.c_int64(hid.id), *args) < 0:
        raise RuntimeError(name)


def case(*bounds):
    """Registers a maker, once for each library version bound."""

    def register(make):
        for bound in bounds or ("earliest",):
            name = make.__name__ if bound == "earliest" else make.__name__ + "_" + bound
            CASES.append((name, make, bound))
        return make

    return register


def create(path, bound, fcpl=None):
    """A new file without time stamps, so that it comes out the same again."""
    low = h5f.LIBVER_EARLIEST if bound == "earliest" else h5f.LIBVER_LATEST  # of HDF5 2 with bound "v200"
    fapl = h5p.create(h5p.FILE_ACCESS)
    fapl.set_libver_bounds(low, h5f.LIBVER_LATEST)
    fapl.set_fclose_degree(h5f.CLOSE_STRONG)
    fcpl = fcpl or h5p.create(h5p.FILE_CREATE)
    fcpl.set_obj_track_times(False)
    return h5py.File(h5f.create(path.encode(), h5f.ACC_TRUNC, fcpl=fcpl, fapl=fapl))


def gcpl():
    p = h5p.create(h5p.GROUP_CREATE)
    p.set_obj_track_times(False)
    return p


def group(parent, name, cpl=None):
    return h5py.Group(h5g.create(parent.id, name.encode(), gcpl=cpl or gcpl()))


def dcpl():
    p = h5p.create(h5p.DATASET_CREATE)
    p.set_obj_track_times(False)
    return p


def low(parent, name, dtype, shape, cpl, data=None, maxshape=None):
    """A dataset from a creation property list."""
    tid = dtype if isinstance(dtype, h5t.TypeID) else h5t.py_create(np.dtype(dtype), logical=True)
    sid = h5s.create_simple(shape, maxshape and tuple(h5s.UNLIMITED if m is None else m for m in maxshape))
    d = h5py.Dataset(h5d.create(parent.id, name.encode(), tid, sid, dcpl=cpl))
    if data is not None:
        d[...] = data
    return d


def ramp(shape, dtype="<f4"):
    return np.arange(int(np.prod(shape)), dtype="f8").reshape(shape).astype(dtype)


def patch(path, old, new):
    data = open(path, "rb").read()
    if data.count(old) != 1:
        raise RuntimeError("%s: %r occurs %d times" % (path, old, data.count(old)))
    open(path, "wb").write(data.replace(old, new))
