"""Makes the fixtures of hdf5io: one feature of HDF5 a file, tiny ramps for data.

Usage: python scripts/hdf5_fixtures.py [hdf5io/testdata]
Needs h5py 3.14 with its bundled HDF5 1.14.6. With h5py 3.16 and HDF5 2.0 it
makes the fixtures of HDF5 2 only. Beside the files it writes expected.json:
what h5py reads from each, for the Go tests to compare with.
"""

import json
import os
import sys

import h5py

import hdf5_fixtures_storage  # noqa: F401, registers its makers
import hdf5_fixtures_structure  # noqa: F401
from hdf5_expected import record
from hdf5_make import CASES

OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "hdf5io", "testdata")

# Files in which the library leaves time stamps or memory that it never set:
# they come out different each time, so they are made only if they are missing.
UNSTABLE = ("committed_dtype", "fspace_paged", "sohm", "virtual_dataset")


def main():
    os.makedirs(OUT, exist_ok=True)
    record_to = os.path.join(OUT, "expected.json")
    expected = json.load(open(record_to)) if os.path.exists(record_to) else {}
    two = h5py.version.hdf5_version_tuple >= (2, 0, 0)
    for name, make, bound in CASES:
        if (bound == "v200") != two:
            continue
        path = os.path.join(OUT, name + ".h5")
        if not (os.path.exists(path) and name.startswith(UNSTABLE)):
            make(path, bound)
        expected[name] = record(name, path)
    with open(record_to, "w") as out:
        out.write("{\n")
        rows = ["%s: %s" % (json.dumps(k), json.dumps(v, sort_keys=True, ensure_ascii=False)) for k, v in sorted(expected.items())]
        out.write(",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    main()
