#!/usr/bin/env python
"""Records golden cases with real Keras into testdata/models.

    python scripts/golden.py --only 'lstm_*'     record these cases
    python scripts/golden.py --missing           record the cases that have no folder yet
    python scripts/golden.py --check 'lstm_*'    record afresh and compare with what is committed
"""

import argparse
import fnmatch
import json
import pathlib
import sys
import tempfile
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent))
ROOT = pathlib.Path(__file__).resolve().parent.parent / "testdata" / "models"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--only", metavar="PATTERN", help="record the cases whose name matches")
    group.add_argument("--missing", action="store_true", help="record the cases without a folder")
    group.add_argument("--check", metavar="PATTERN", help="compare fresh recordings with the committed ones")
    group.add_argument("--list", action="store_true", help="print the names of all cases")
    args = parser.parse_args()

    import recording  # sets the environment before a case imports TensorFlow
    import cases

    registry = cases.load_all()
    if args.list:
        print("\n".join(sorted(registry)))
        return 0
    pattern = args.only or args.check or "*"
    chosen = [c for n, c in sorted(registry.items()) if fnmatch.fnmatch(n, pattern)]
    if args.missing:
        chosen = [c for c in chosen if not (ROOT / c.name / "case.json").exists()]
    if not chosen and not args.missing:
        print(f"golden: no case is called {pattern}", file=sys.stderr)
        return 2

    from recording import run

    failed = 0
    for case in chosen:
        try:
            if args.check:
                print(f"{case.name}: {_check(run, case)}")
            else:
                print(run.record(case, ROOT / case.name), flush=True)
        except Exception as e:
            failed += 1
            frames = [f for f in traceback.extract_tb(e.__traceback__) if "site-packages" not in f.filename]
            where = f"{pathlib.Path(frames[-1].filename).name}:{frames[-1].lineno}"
            print(f"{case.name}: FAILED at {where}: {type(e).__name__}: {str(e)[:400]}", flush=True)
    return 5 if failed else 0


def _check(run, case):
    """Records into a temporary folder; raises unless the committed numbers are the same."""
    import numpy as np

    with tempfile.TemporaryDirectory() as temp:
        run.record(case, temp)
        old, new = ROOT / case.name, pathlib.Path(temp)
        a, b = np.load(old / "golden.npz"), np.load(new / "golden.npz")
        if sorted(a.files) != sorted(b.files):
            raise ValueError(f"arrays {sorted(b.files)}, committed {sorted(a.files)}")
        for name in a.files:
            x, y = a[name], b[name]
            if x.shape != y.shape or x.dtype != y.dtype:
                raise ValueError(f"{name}: {y.dtype}{y.shape}, committed {x.dtype}{x.shape}")
            if x.dtype.kind != "f":
                if not (x == y).all():
                    raise ValueError(f"{name}: differs")
                continue
            # Other CPUs round float32 in another order; float64 must agree closely.
            limit = 1e-12 if name.startswith("out64") else 1e-5
            scale = max(np.abs(x).max(initial=0), 1e-30)
            if np.abs(x - y).max(initial=0) > limit * scale:
                raise ValueError(f"{name}: differs by {np.abs(x - y).max() / scale:.1e} of its scale")
        for key in ("file", "classes", "inputs", "outputs", "dtypes"):
            x, y = (json.loads((p / "case.json").read_text())[key] for p in (old, new))
            if x != y:
                raise ValueError(f"case.json {key}: {y}, committed {x}")
        same = (old / case.final).read_bytes() == (new / case.final).read_bytes()
    return "same numbers, model file " + ("identical" if same else "differs in bytes")


if __name__ == "__main__":
    sys.exit(main())
