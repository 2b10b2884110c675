"""Real Keras judges the models that kerasrun saves.

    python scripts/judge_models.py KERASRUN [PATTERN]

Converts every golden case with the given kerasrun binary, lets the Keras that
recorded the case open the result, and compares its predictions with those that
it recorded.
"""

import fnmatch
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np

MODELS = pathlib.Path(__file__).resolve().parent.parent / "testdata" / "models"


def load(line, path):
    if line == "keras3":
        import keras

        return keras.models.load_model(path, compile=False)
    import tf_keras

    return tf_keras.models.load_model(path, compile=False)


def judge(binary, folder, tmp):
    case = json.loads((folder / "case.json").read_text())
    if case.get("config"):
        return "skipped: a weights-only file"
    files = list(folder.glob("model.h5")) + list(folder.glob("model.keras"))
    if not files:
        return "skipped: no model file"
    out = tmp / ("saved" + files[0].suffix)
    subprocess.run([binary, "convert", files[0], "-o", out, "--without-optimizer"], check=True, capture_output=True)
    model = load(case["line"], str(out))
    golden = np.load(folder / "golden.npz")
    inputs = [golden[f"in_{i}"] for i in range(len(model.inputs))]
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    for i, y in enumerate(outputs):
        y, want = np.asarray(y), golden[f"out32_{i}"]
        if want.dtype.kind in "US":
            continue
        scale = np.nanmax(np.abs(want), initial=0) or 1
        err = np.nanmax(np.abs(y.astype("float64") - want), initial=0)
        if y.shape != want.shape or not err <= 1e-6 * scale:
            return f"FAILED: output {i} differs by {err:.3g} of {scale:.3g}"
    return "ok"


def main():
    binary, pattern = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "*"
    failed = 0
    for folder in sorted(MODELS.iterdir()):
        if not fnmatch.fnmatch(folder.name, pattern):
            continue
        with tempfile.TemporaryDirectory() as tmp:
            try:
                verdict = judge(binary, folder, pathlib.Path(tmp))
            except subprocess.CalledProcessError as e:
                verdict = "FAILED: " + e.stderr.decode().strip().splitlines()[0]
            except Exception as e:
                verdict = f"FAILED: {type(e).__name__}: {str(e)[:300]}"
        failed += verdict.startswith("FAILED")
        print(f"{folder.name}: {verdict}", flush=True)
    return 5 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
