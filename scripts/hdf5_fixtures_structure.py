"""Fixtures of hdf5io: containers, groups, attributes and datatypes."""

import ctypes
import math

import h5py
import numpy as np
from h5py import h5d, h5f, h5p, h5s, h5t

from hdf5_make import call, case, create, dcpl, gcpl, group, low, ramp


# --- containers -----------------------------------------------------------


@case("earliest", "latest")
def superblock(path, bound):
    with create(path, bound) as f:
        f["ramp"] = ramp((4,))


@case()
def superblock_v1(path, bound):
    p = h5p.create(h5p.FILE_CREATE)
    call("H5Pset_istore_k", p, ctypes.c_uint(2))
    with create(path, bound, p) as f:
        f.create_dataset("chunked", data=ramp((40,)), chunks=(1,))


@case()
def superblock_v2(path, bound):
    p = h5p.create(h5p.FILE_CREATE)
    call("H5Pset_shared_mesg_nindexes", p, ctypes.c_uint(0))
    fapl = h5p.create(h5p.FILE_ACCESS)
    fapl.set_libver_bounds(h5f.LIBVER_V18, h5f.LIBVER_V18)
    p.set_obj_track_times(False)
    with h5py.File(h5f.create(path.encode(), h5f.ACC_TRUNC, fcpl=p, fapl=fapl)) as f:
        f["ramp"] = ramp((4,))


@case("earliest", "latest")
def userblock(path, bound):
    p = h5p.create(h5p.FILE_CREATE)
    p.set_userblock(1024)
    with create(path, bound, p) as f:
        g = group(f, "g")
        g["ramp"] = ramp((4,))
        g.attrs["note"] = "after the user block"


@case("earliest", "latest")
def sizes_4_4(path, bound):
    p = h5p.create(h5p.FILE_CREATE)
    p.set_sizes(4, 4)
    with create(path, bound, p) as f:
        g = group(f, "g")
        g["ramp"] = ramp((4,))
        g["chunked"] = ramp((2,))
        g.create_dataset("deflated", data=ramp((8,)), chunks=(3,), compression="gzip", track_times=False)
        g.attrs["text"] = "four"
        g.attrs["empty"] = []


@case()
def sizes_2_2(path, bound):
    p = h5p.create(h5p.FILE_CREATE)
    p.set_sizes(2, 2)
    with create(path, bound, p) as f:
        f["ramp"] = ramp((4,))


@case("latest")
def fspace_paged(path, bound):
    p = h5p.create(h5p.FILE_CREATE)
    p.set_file_space_strategy(h5f.FSPACE_STRATEGY_PAGE, True, 1)
    p.set_file_space_page_size(512)
    with create(path, bound, p) as f:
        f["ramp"] = ramp((4,))


# --- object headers and groups ---------------------------------------------


@case("earliest", "latest")
def header_continuation(path, bound):
    with create(path, bound) as f:
        d = f.create_dataset("d", data=ramp((3,)), track_times=False)
        for i in range(6):
            d.attrs["a%d" % i] = ramp((i + 1,))


@case()
def group_old_600(path, bound):
    with create(path, bound) as f:
        d = f.create_dataset("x000", data=ramp((2,)), track_times=False)
        for i in range(1, 600):
            f["x%03d" % i] = d


@case("latest")
def group_compact_links(path, bound):
    with create(path, bound) as f:
        for i in range(5):
            f.create_dataset("d%d" % i, data=ramp((i,)), track_times=False)


@case("latest")
def group_dense_links(path, bound):
    with create(path, bound) as f:
        d = f.create_dataset("x000", data=ramp((2,)), track_times=False)
        for i in range(1, 40):
            f["x%03d" % i] = d


@case("latest")
def group_dense_links_deep(path, bound):
    with create(path, bound) as f:
        d = f.create_dataset("x0000", data=ramp((2,)), track_times=False)
        for i in range(1, 1500):
            f["x%04d" % i] = d


@case("latest")
def group_dense_filtered(path, bound):
    with create(path, bound) as f:
        p = gcpl()
        call("H5Pset_deflate", p, ctypes.c_uint(6))
        g = group(f, "g", p)
        d = g.create_dataset("x000", data=ramp((2,)), track_times=False)
        for i in range(1, 60):
            g["x%03d" % i] = d


@case("earliest", "latest")
def group_track_order(path, bound):
    with create(path, bound) as f:
        p = gcpl()
        p.set_link_creation_order(h5p.CRT_ORDER_TRACKED | h5p.CRT_ORDER_INDEXED)
        p.set_attr_creation_order(h5p.CRT_ORDER_TRACKED | h5p.CRT_ORDER_INDEXED)
        g = group(f, "g", p)
        for i in range(12):
            g.create_dataset("z%d" % (11 - i), data=ramp((1,)), track_times=False)
            g.attrs["a%d" % (11 - i)] = i


@case("earliest", "latest")
def links_soft(path, bound):
    with create(path, bound) as f:
        g = group(f, "g")
        g["ramp"] = ramp((3,))
        f["absolute"] = h5py.SoftLink("/g/ramp")
        g["relative"] = h5py.SoftLink("ramp")
        f["to_group"] = h5py.SoftLink("g")
        f["dangling"] = h5py.SoftLink("/nowhere")
        f["loop"] = h5py.SoftLink("/loop")


@case("earliest", "latest")
def links_external(path, bound):
    with create(path, bound) as f:
        f["ramp"] = ramp((3,))
        f["outside"] = h5py.ExternalLink("other.h5", "/x")


@case("earliest", "latest")
def links_hard_cycle(path, bound):
    with create(path, bound) as f:
        g = group(f, "g")
        g["ramp"] = ramp((3,))
        g["up"] = f["/"]
        g["self"] = g


@case("earliest", "latest")
def utf8_names(path, bound):
    with create(path, bound) as f:
        g = group(f, "größe")
        g["重み"] = ramp((3,))
        g["back\\slash"] = ramp((2,))
        g["重み"].attrs["ключ"] = "значение"


# --- attributes -------------------------------------------------------------


@case("earliest", "latest")
def attr_kinds(path, bound):
    with create(path, bound) as f:
        a = f.attrs
        a["int"] = np.int32(-3)
        a["float"] = ramp((2, 3), ">f8")
        a["vlen_utf8"] = "grüße"
        a["vlen_ascii"] = b"plain"
        a["vlen_list"] = ["a", "bc", ""]
        a["fixed"] = np.array([b"ab", b"c", b""], dtype="S4")
        a["fixed_scalar"] = np.bytes_(b"xyz")
        a["empty_list"] = []
        a["null"] = h5py.Empty("f4")
        a["bool"] = np.array([True, False])
        a["compound"] = np.array([(1, 2.5)], dtype=[("i", "<i4"), ("x", "<f8")])
        a["complex"] = np.complex64(1 + 2j)
        a["reference"] = f.ref


@case("latest")
def attr_dense(path, bound):
    with create(path, bound) as f:
        g = group(f, "g")
        for i in range(60):
            g.attrs["a%02d" % i] = ramp((i % 3 + 1,))


@case("latest")
def attr_large_dense(path, bound):
    with create(path, bound) as f:
        g = group(f, "g")
        g.attrs["large"] = ramp((70000,), "i1") * 0 + 7
        g.attrs["small"] = 1


@case("latest")
def attr_dense_filtered_large(path, bound):
    with create(path, bound) as f:
        p = gcpl()
        call("H5Pset_deflate", p, ctypes.c_uint(6))
        g = group(f, "g", p)
        g.attrs["large"] = np.zeros(70000, "i1") + 7
        for i in range(12):
            g.attrs["a%02d" % i] = i


@case("earliest", "latest")
def committed_dtype(path, bound):
    with create(path, bound) as f:
        f["type"] = np.dtype("<i2")
        d = f.create_dataset("d", (3,), dtype=f["type"], track_times=False)
        d[...] = [0, 1, 2]
        d.attrs.create("a", ramp((2,), "<i2"), dtype=f["type"])
        f["type"].attrs["note"] = "shared"


def sohm(path, bound, list_max):
    p = h5p.create(h5p.FILE_CREATE)
    call("H5Pset_shared_mesg_nindexes", p, ctypes.c_uint(2))
    call("H5Pset_shared_mesg_index", p, ctypes.c_uint(0), ctypes.c_uint(0x02 | 0x08 | 0x20), ctypes.c_uint(8))
    call("H5Pset_shared_mesg_index", p, ctypes.c_uint(1), ctypes.c_uint(0x1000 | 0x800), ctypes.c_uint(8))
    call("H5Pset_shared_mesg_phase_change", p, ctypes.c_uint(list_max), ctypes.c_uint(max(list_max - 1, 0)))
    with create(path, bound, p) as f:
        for i in range(4):
            d = f.create_dataset("d%d" % i, data=ramp((2, 3)), track_times=False, fillvalue=9,
                                 chunks=(2, 2), compression="gzip")
            d.attrs["same"] = ramp((5,))
            for k in range(3 * i):
                d.attrs["x%d" % k] = ramp((k + 3,))


@case("earliest", "latest")
def sohm_list(path, bound):
    sohm(path, bound, 50)


@case("earliest", "latest")
def sohm_btree(path, bound):
    sohm(path, bound, 0)


# --- datatypes ----------------------------------------------------------------


@case("earliest", "latest")
def dt_ints(path, bound):
    with create(path, bound) as f:
        for order in "<>":
            for kind in "iu":
                for size in (1, 2, 4, 8):
                    info = np.iinfo("%s%d" % (kind, size))
                    name = "%s%s%d" % ("le" if order == "<" else "be", kind, size)
                    f.create_dataset(name, data=np.array([0, 1, info.min, info.max], "%s%s%d" % (order, kind, size)), track_times=False)


@case()
def dt_int_bits(path, bound):
    with create(path, bound) as f:
        for name, base, offset in (("signed", h5t.STD_I32LE, 3), ("unsigned", h5t.STD_U16BE, 2)):
            t = base.copy()
            t.set_precision(11 if name == "unsigned" else 20)
            t.set_offset(offset)
            low(f, name, t, (3,), dcpl(), np.array([0, 5, 1000 if name == "unsigned" else -1000]))


@case("earliest", "latest")
def dt_floats(path, bound):
    values = [0.0, -0.0, 1.0, -1.5, 65504.0, 6e-8, 1e-3, math.inf, -math.inf, math.nan]
    with create(path, bound) as f:
        for dt in ("<f2", ">f2", "<f4", ">f4", "<f8", ">f8"):
            f.create_dataset(dt.replace("<", "le").replace(">", "be"), data=np.array(values).astype(dt), track_times=False)
        long = np.array(values[:-3] + [1 / 3, 1e300], "g")
        long.view("u2").reshape(-1, 8)[:, 5:] = 0  # the padding
        f.create_dataset("longdouble", data=long, track_times=False)


@case()
def dt_bfloat16(path, bound):
    import ml_dtypes

    with create(path, bound) as f:
        t = h5t.IEEE_F32LE.copy()
        t.set_fields(15, 7, 8, 0, 7)
        t.set_size(2)
        t.set_ebias(127)
        d = h5py.Dataset(h5d.create(f.id, b"float", t, h5s.create_simple((6,)), dcpl=dcpl()))
        values = np.array([0, 1, -1.5, 3.140625, 1e38, np.inf], ml_dtypes.bfloat16)
        d.id.write(h5s.ALL, h5s.ALL, values.view("<u2"), mtype=t)
        o = h5t.create(h5t.OPAQUE, 2)
        o.set_tag(b"")
        d = h5py.Dataset(h5d.create(f.id, b"opaque", o, h5s.create_simple((6,)), dcpl=dcpl()))
        d.id.write(h5s.ALL, h5s.ALL, values.view("V2"), mtype=o)
        d.attrs["dtype"] = "bfloat16"


@case()
def dt_bool(path, bound):
    with create(path, bound) as f:
        f.create_dataset("bool", data=np.array([True, False, True]), track_times=False)


@case("earliest", "latest")
def dt_enum(path, bound):
    with create(path, bound) as f:
        t = h5py.enum_dtype({"RED": 0, "GREEN": 1, "BLUE": -7}, basetype=">i2")
        f.create_dataset("enum", data=np.array([0, 1, -7]), dtype=t, track_times=False)


@case("earliest", "latest")
def dt_str(path, bound):
    with create(path, bound) as f:
        for pad, code in (("nullterm", h5t.STR_NULLTERM), ("nullpad", h5t.STR_NULLPAD), ("spacepad", h5t.STR_SPACEPAD)):
            for cset in (h5t.CSET_ASCII, h5t.CSET_UTF8):
                t = h5t.C_S1.copy()
                t.set_size(6)
                t.set_strpad(code)
                t.set_cset(cset)
                raw = {"nullterm": b"ab\0xx\0hello\0", "nullpad": b"ab\0\0\0\0hello\0", "spacepad": b"ab    hello "}[pad]
                d = h5py.Dataset(h5d.create(f.id, ("%s%d" % (pad, cset)).encode(), t, h5s.create_simple((2,)), dcpl=dcpl()))
                d.id.write(h5s.ALL, h5s.ALL, np.frombuffer(raw, "S6"), mtype=t)
        f.create_dataset("vlen", data=["", "one", "zwölf"], dtype=h5py.string_dtype(), track_times=False)
        f.create_dataset("vlen_ascii", data=np.array([[b"a"], [b"b"]], object), dtype=h5py.string_dtype("ascii"), track_times=False)


@case()
def vlen_big_gheap(path, bound):
    with create(path, bound) as f:
        f.create_dataset("v", data=["%d" % i * 90 for i in range(60)], dtype=h5py.string_dtype(), track_times=False)


@case("earliest", "latest")
def dt_compound(path, bound):
    t = np.dtype([("a", "<i4"), ("b", ">f8"), ("s", "S3"), ("v", "<i2", (2, 2)), ("n", [("x", "<f4"), ("y", "u1")])])
    with create(path, bound) as f:
        d = np.zeros(3, t)
        d["a"] = [0, 1, 2]
        d["b"] = [0.5, 1.5, 2.5]
        d["s"] = [b"x", b"yy", b"zzz"]
        d["v"] = np.arange(12).reshape(3, 2, 2)
        d["n"]["x"] = [7, 8, 9]
        d["n"]["y"] = [1, 2, 3]
        f.create_dataset("compound", data=d, track_times=False)


@case("earliest", "latest")
def dt_complex(path, bound):
    with create(path, bound) as f:
        f.create_dataset("c8", data=np.array([0, 1 + 2j, -1j], "<c8"), track_times=False)
        f.create_dataset("c16", data=np.array([0, 1 + 2j, -1j], "<c16"), track_times=False)


@case("earliest", "latest")
def dt_array(path, bound):
    with create(path, bound) as f:
        t = h5t.array_create(h5t.STD_I16LE, (2, 3))
        d = h5py.Dataset(h5d.create(f.id, b"array", t, h5s.create_simple((2,)), dcpl=dcpl()))
        d.id.write(h5s.ALL, h5s.ALL, ramp((2, 2, 3), "<i2"), mtype=t)


@case("earliest", "latest")
def dt_vlen(path, bound):
    with create(path, bound) as f:
        d = f.create_dataset("vlen", (4,), dtype=h5py.vlen_dtype("<i4"), track_times=False)
        for i in range(1, 4):
            d[i] = np.arange(i)


@case("earliest", "latest")
def dt_ref(path, bound):
    with create(path, bound) as f:
        d = f.create_dataset("target", data=ramp((4,)), track_times=False)
        r = f.create_dataset("object", (3,), dtype=h5py.ref_dtype, track_times=False)
        r[0], r[1] = d.ref, f.ref
        r = f.create_dataset("region", (2,), dtype=h5py.regionref_dtype, track_times=False)
        r[0] = d.regionref[1:3]


@case()
def dt_opaque(path, bound):
    with create(path, bound) as f:
        t = h5t.create(h5t.OPAQUE, 3)
        t.set_tag(b"three bytes")
        d = h5py.Dataset(h5d.create(f.id, b"tagged", t, h5s.create_simple((2,)), dcpl=dcpl()))
        d.id.write(h5s.ALL, h5s.ALL, np.frombuffer(b"abcdef", "V3"), mtype=t)
        f.create_dataset("untagged", data=np.frombuffer(b"abcdefgh", "V4"), track_times=False)


@case()
def dt_bitfield(path, bound):
    with create(path, bound) as f:
        for name, t in (("b8", h5t.STD_B8LE), ("b16", h5t.STD_B16BE)):
            low(f, name, t, (3,), dcpl()).id.write(h5s.ALL, h5s.ALL, ramp((3,), "u1" if name == "b8" else ">u2"), mtype=t)


@case()
def dt_time(path, bound):
    with create(path, bound) as f:
        t = h5t.UNIX_D32LE
        low(f, "t", t, (3,), dcpl()).id.write(h5s.ALL, h5s.ALL, ramp((3,), "<i4"), mtype=t)
