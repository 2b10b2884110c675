"""Fixtures of hdf5io: layouts, chunk indexes, filters, what is refused, old and new forms."""

import ctypes

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

from hdf5_make import call, case, create, dcpl, low, patch, ramp


# --- storage --------------------------------------------------------------------


@case("earliest", "latest")
def lay_compact(path, bound):
    with create(path, bound) as f:
        p = dcpl()
        p.set_layout(h5d.COMPACT)
        low(f, "d", "<f4", (2, 3), p, ramp((2, 3)))


@case("earliest", "latest")
def lay_contiguous(path, bound):
    with create(path, bound) as f:
        f.create_dataset("d", data=ramp((3, 4, 5)), track_times=False)
        f.create_dataset("scalar", data=np.float32(7), track_times=False)


@case("earliest", "latest")
def empty_and_zero(path, bound):
    with create(path, bound) as f:
        f.create_dataset("null", data=h5py.Empty("f4"), track_times=False)
        f.create_dataset("zero", (0, 3), "f4", track_times=False)
        f.create_dataset("zero_chunked", (0, 3), "f4", maxshape=(None, 3), track_times=False)


@case("earliest", "latest")
def fill_values(path, bound):
    with create(path, bound) as f:
        f.create_dataset("unallocated", (3,), "<i4", fillvalue=7, track_times=False)
        f.create_dataset("default", (3,), "<f4", track_times=False)
        d = f.create_dataset("partial", (10,), "<i4", fillvalue=-1, chunks=(4,), track_times=False)
        d[4:6] = [0, 1]
        p = dcpl()
        p.set_fill_time(h5d.FILL_TIME_NEVER)
        low(f, "never", "<i4", (3,), p)


@case("earliest")
def chunk_btree_v1(path, bound):
    with create(path, bound) as f:
        f.create_dataset("d", data=ramp((5, 7)), chunks=(2, 3), track_times=False)


@case("earliest")
def chunk_btree_v1_deep(path, bound):
    p = h5p.create(h5p.FILE_CREATE)
    call("H5Pset_istore_k", p, ctypes.c_uint(1))
    with create(path, bound, p) as f:
        f.create_dataset("d", data=ramp((12,), "i1"), chunks=(1,), track_times=False)


@case("latest")
def chunk_single(path, bound):
    with create(path, bound) as f:
        f.create_dataset("d", data=ramp((5, 7)), chunks=(5, 7), track_times=False)
        f.create_dataset("filtered", data=ramp((5, 7)), chunks=(5, 7), compression="gzip", track_times=False)


@case("latest")
def chunk_implicit(path, bound):
    with create(path, bound) as f:
        p = dcpl()
        p.set_chunk((2, 3))
        p.set_alloc_time(h5d.ALLOC_TIME_EARLY)
        low(f, "d", "<f4", (5, 7), p, ramp((5, 7)))
        low(f, "bounded", "<f4", (5, 4), p, ramp((5, 4)), maxshape=(6, 12))


@case("latest")
def chunk_fixed_array(path, bound):
    with create(path, bound) as f:
        f.create_dataset("d", data=ramp((5, 7)), chunks=(2, 3), track_times=False)
        f.create_dataset("filtered", data=ramp((5, 7)), chunks=(2, 3), compression="gzip", track_times=False)
        f.create_dataset("bounded", data=ramp((5, 4)), maxshape=(9, 12), chunks=(2, 3), track_times=False)


@case("latest")
def chunk_fixed_array_paged(path, bound):
    with create(path, bound) as f:
        f.create_dataset("d", data=ramp((1100,), "i2"), chunks=(1,), track_times=False)
        d = f.create_dataset("sparse", (5000,), "i2", chunks=(1,), fillvalue=-1, track_times=False)
        d[3000:3003] = [0, 1, 2]
        d = f.create_dataset("filtered", (3000,), "i2", chunks=(1,), fillvalue=-1, compression="gzip", track_times=False)
        d[2999] = 5


@case("latest")
def chunk_ext_array(path, bound):
    with create(path, bound) as f:
        f.create_dataset("d", data=ramp((5, 7)), chunks=(2, 3), maxshape=(None, 7), track_times=False)
        f.create_dataset("second", data=ramp((3, 5, 2)), chunks=(2, 1, 2), maxshape=(3, None, 6), track_times=False)
        f.create_dataset("filtered", data=ramp((5, 7)), chunks=(2, 3), maxshape=(None, 7), compression="gzip", track_times=False)


@case("latest")
def chunk_ext_array_large(path, bound):
    with create(path, bound) as f:
        f.create_dataset("d", data=ramp((700,), "i2"), chunks=(1,), maxshape=(None,), track_times=False)
        d = f.create_dataset("sparse", (150000,), "i1", chunks=(1,), maxshape=(None,), fillvalue=-1, track_times=False)
        d[1000] = 1
        d[149990:149993] = [3, 4, 5]


@case("latest")
def chunk_btree_v2(path, bound):
    with create(path, bound) as f:
        f.create_dataset("d", data=ramp((5, 7)), chunks=(2, 3), maxshape=(None, None), track_times=False)
        f.create_dataset("filtered", data=ramp((5, 7)), chunks=(2, 3), maxshape=(None, None), compression="gzip", track_times=False)


@case("latest")
def chunk_btree_v2_deep(path, bound):
    with create(path, bound) as f:
        f.create_dataset("d", data=ramp((50, 60), "i2"), chunks=(1, 1), maxshape=(None, None), track_times=False)


@case("earliest", "latest")
def chunk_shrunk(path, bound):
    with create(path, bound) as f:
        d = f.create_dataset("d", data=ramp((9, 7)), chunks=(2, 3), maxshape=(None, None), track_times=False)
        d.resize((5, 4))
        d.resize((6, 5))


@case("latest")
def chunk_edges_unfiltered(path, bound):
    with create(path, bound) as f:
        p = dcpl()
        p.set_chunk((2, 3))
        p.set_deflate(6)
        call("H5Pset_chunk_opts", p, ctypes.c_uint(2))
        low(f, "d", "<f4", (5, 7), p, ramp((5, 7)))


# --- filters ---------------------------------------------------------------------


@case("earliest", "latest")
def filt_deflate(path, bound):
    with create(path, bound) as f:
        f.create_dataset("deflate", data=ramp((40, 7)), chunks=(16, 4), compression="gzip", track_times=False)
        for dt in ("i1", "<i2", "<f4", "<f8", "S5"):
            data = ramp((40,), dt) if dt != "S5" else np.array([b"%d" % i for i in range(40)], dt)
            f.create_dataset("shuffle_" + dt.strip("<"), data=data, chunks=(16,), compression="gzip", shuffle=True, track_times=False)


@case("earliest", "latest")
def filt_fletcher32(path, bound):
    with create(path, bound) as f:
        f.create_dataset("d", data=ramp((5, 7)), chunks=(2, 3), fletcher32=True, track_times=False)
        f.create_dataset("odd", data=ramp((7,), "i1"), chunks=(7,), fletcher32=True, track_times=False)
        f.create_dataset("all", data=ramp((5, 700)), chunks=(2, 300), fletcher32=True, shuffle=True, compression="gzip", track_times=False)


@case("earliest", "latest")
def filt_lzf(path, bound):
    with create(path, bound) as f:
        f.create_dataset("d", data=ramp((40, 40)) % 9, chunks=(16, 16), compression="lzf", track_times=False)
        f.create_dataset("shuffle", data=ramp((40, 40)), chunks=(16, 16), compression="lzf", shuffle=True, track_times=False)


@case("earliest", "latest")
def filt_scaleoffset(path, bound):
    with create(path, bound) as f:
        for dt in ("i1", "<i2", ">i4", "<i8", "u1", ">u2", "<u4"):
            data = (ramp((20,)) * 3 - (30 if "i" in dt else -5)).astype(dt)
            f.create_dataset("int_" + dt.strip("<>"), data=data, chunks=(8,), scaleoffset=0, track_times=False)
        f.create_dataset("const", data=np.full(20, 77, "<i4"), chunks=(8,), scaleoffset=0, track_times=False)
        f.create_dataset("full", data=np.array([-(2**31), 2**31 - 1, 0, 5], "<i4"), chunks=(4,), scaleoffset=0, track_times=False)
        for dt in ("<f4", ">f8"):
            f.create_dataset("float_" + dt.strip("<>"), data=(ramp((20,)) * 0.37 - 3).astype(dt), chunks=(8,), scaleoffset=2, track_times=False)
        for dt in ("<i4", ">i2", "<f8"):
            d = f.create_dataset("fill_" + dt.strip("<>"), (20,), dt, chunks=(16,), scaleoffset=0 if "i" in dt else 3, fillvalue=-5, track_times=False)
            d[:10] = ramp((10,), dt)


@case("earliest", "latest")
def filt_nbit(path, bound):
    with create(path, bound) as f:
        for name, base, offset in (("signed", h5t.STD_I32LE, 3), ("unsigned", h5t.STD_U16BE, 2)):
            t = base.copy()
            t.set_precision(11 if name == "unsigned" else 20)
            t.set_offset(offset)
            p = dcpl()
            p.set_chunk((4,))
            call("H5Pset_nbit", p)
            low(f, name, t, (6,), p, np.array([0, 5, 100, 7, 8, 1000 if name == "unsigned" else -1000]))
        p = dcpl()
        p.set_chunk((4,))
        call("H5Pset_nbit", p)
        low(f, "whole", "<f8", (6,), p, ramp((6,)))
        t12 = h5t.STD_U16LE.copy()
        t12.set_precision(12)
        c = h5t.create(h5t.COMPOUND, 16)
        c.insert(b"a", 0, t12)
        c.insert(b"b", 4, h5t.array_create(t12, (2,)))
        c.insert(b"c", 8, h5t.IEEE_F64LE)
        d = low(f, "compound", c, (5,), p)
        m = np.zeros(5, np.dtype({"names": ["a", "b", "c"], "formats": ["<u2", ("<u2", (2,)), "<f8"], "offsets": [0, 4, 8], "itemsize": 16}))
        m["a"], m["b"], m["c"] = np.arange(5), np.arange(10).reshape(5, 2), np.arange(5) + 0.5
        d.id.write(h5s.ALL, h5s.ALL, m)


@case()
def filt_szip(path, bound):
    i = np.arange(280)
    smooth = (i // 5 % 20 + i * 7919 % 3 + (i == 99) * 90).reshape(7, 40)
    with create(path, bound) as f:
        for options, letters in ((h5py.h5z.SZIP_NN_OPTION_MASK, "nn"), (h5py.h5z.SZIP_EC_OPTION_MASK, "ec")):
            for dt in ("i1", "<u2", ">i2", "<i4", ">f4", "<f8"):
                for pixels in (8, 32):
                    p = dcpl()
                    p.set_chunk((7, 40))
                    p.set_szip(options, pixels)
                    low(f, "%s_%s_%d" % (letters, dt.strip("<>"), pixels), dt, (7, 40), p, smooth.astype(dt))
        p = dcpl()
        p.set_chunk((2048,))
        p.set_szip(h5py.h5z.SZIP_NN_OPTION_MASK, 16)
        low(f, "zeros", "<i4", (4096,), p, np.concatenate([np.zeros(2000), np.arange(96), np.zeros(2000)]).astype("<i4"))


@case("earliest", "latest")
def filter_mask_skipped(path, bound):
    with create(path, bound) as f:
        d = f.create_dataset("d", (8,), "<f4", chunks=(4,), compression="gzip", shuffle=True, track_times=False)
        d[...] = ramp((8,))
        d.id.write_direct_chunk((4,), ramp((8,))[4:].tobytes(), filter_mask=3)


@case()
def filt_unknown(path, bound):
    with create(path, bound) as f:
        d = f.create_dataset("d", (4,), "<f4", chunks=(4,), compression="gzip", track_times=False)
        d.id.write_direct_chunk((0,), b"not for us")
        f["ramp"] = ramp((4,))
    patch(path, b"deflate\0", b"strange\0")
    data = bytearray(open(path, "rb").read())
    at = data.index(b"strange\0") - 8
    data[at:at + 2] = (32123).to_bytes(2, "little")
    open(path, "wb").write(data)


# --- what is refused -----------------------------------------------------------------


@case("earliest", "latest")
def external_storage(path, bound):
    with create(path, bound) as f:
        f.create_dataset("d", (4,), "<f4", external=[("outside.raw", 0, 16)], track_times=False)
        f["ramp"] = ramp((4,))


@case("earliest", "latest")
def virtual_dataset(path, bound):
    with create(path, bound) as f:
        v = h5py.VirtualLayout((4,), "<f4")
        v[:] = h5py.VirtualSource("outside.h5", "d", (4,))
        f.create_virtual_dataset("d", v)
        f["ramp"] = ramp((4,))


# --- forms that HDF5 1.14 only reads, made by rewriting messages ------------------------


@case()
def lay_v1(path, bound):
    with create(path, bound) as f:
        f.create_dataset("contiguous", data=ramp((2, 3)), track_times=False)
        f.create_dataset("chunked", data=ramp((7,)), chunks=(3,), track_times=False)
        at = f["contiguous"].id.get_offset()
    data = open(path, "rb").read()
    address = at.to_bytes(8, "little")
    dims = b"\2\0\0\0\3\0\0\0"
    patch(path, b"\3\1" + address + b"\x18" + bytes(13), b"\1\2\1" + bytes(5) + address + dims)
    chunks = b"\3\0\0\0\4\0\0\0"
    i = data.index(chunks) - 11
    address = data[i + 3:i + 11]
    patch(path, b"\3\2\2" + address + chunks + bytes(5), b"\1\2\2" + bytes(5) + address + chunks)


# --- HDF5 2 ------------------------------------------------------------------------------


@case("v200")
def chunks_64_bit(path, bound):
    with create(path, bound) as f:
        for name, more in (("single", {}), ("fixed", {}), ("extensible", {"maxshape": (None, 7)}), ("btree", {"maxshape": (None, None)})):
            chunks = (5, 7) if name == "single" else (2, 3)
            f.create_dataset(name, data=ramp((5, 7)), chunks=chunks, compression="gzip", track_times=False, **more)


@case("v200")
def dt_complex_native(path, bound):
    with create(path, bound) as f:
        for name, t, dt in (("c8", h5t.COMPLEX_IEEE_F32LE, "<c8"), ("c16", h5t.COMPLEX_IEEE_F64LE, "<c16")):
            d = h5d.create(f.id, name.encode(), t, h5s.create_simple((3,)), dcpl=dcpl())
            d.write(h5s.ALL, h5s.ALL, np.array([0, 1 + 2j, -1j], dt), mtype=t)
