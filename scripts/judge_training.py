"""Real Keras judges the models that kerasrun has trained.

    python scripts/judge_training.py KERASRUN [PATTERN ...]

For recordings of scripts/train_models.py: kerasrun fine-tune takes the model
five steps on, and the Keras that wrote it opens the result. It must predict the
same as kerasrun, find the optimizer at the right step, and after five more steps
hold the weights that kerasrun has after five more.
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
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import h5py
import keras
import numpy as np
import tf_keras

MODELS = pathlib.Path(__file__).resolve().parent.parent / "testdata" / "train_models"
DEFAULT = [
    "*lstm_adam_on", "tfkeras_lstm_adam_zip", "*lstm_ema", "*lstm_exponential", "*lstm_rmsprop_centered", "legacy_lstm_rmsprop",
    "keras3_lstm_accumulate", "*embed_adam", "*convbn_adam", "*multi_adam", "keras3_lstm_adam_h5", "keras3_lstm_sgd", "keras3_lstm_adadelta",
]


def load(line, path):
    """The model with its optimizer. Keras 3 restores no optimizer from .h5 by
    itself; this is the way that works (see docs)."""
    if line != "3":
        return tf_keras.models.load_model(path)
    if not path.endswith(".h5"):
        return keras.models.load_model(path)
    model = keras.models.load_model(path, compile=False)
    with h5py.File(path) as f:
        config = json.loads(f.attrs["training_config"])
        optimizer = keras.optimizers.deserialize(config["optimizer_config"])
        model.compile(optimizer, config["loss"])
        optimizer.build(model.trainable_variables)
        state = f["optimizer_weights"]
        optimizer.set_weights([np.asarray(state[n]) for n in state.attrs["weight_names"]])
    return model


def weights(model):
    return np.concatenate([np.ravel(w) for w in model.get_weights()])


def judge(binary, recording, tmp):
    g = np.load(recording)
    meta = json.loads(g["meta"].tobytes())
    line, ext = meta["line"], meta["ext"]
    first, once, twice, data = (str(tmp / n) for n in ("first" + ext, "once" + ext, "twice" + ext, "data.npz"))
    pathlib.Path(first).write_bytes(g["model"].tobytes())
    inputs = {n[3:]: g[n] for n in g.files if n.startswith("in/")}
    targets = [g["y"] if len(meta["outputs"]) == 1 else g["y_" + o] for o in meta["outputs"]]
    np.savez(data, **inputs, **{n: g[n] for n in g.files if n[0] == "y" or n == "sample_weight"})
    np.savez(tmp / "inputs.npz", **inputs)

    def tune(source, out):
        subprocess.run([binary, "fine-tune", source, data, "-o", out, "--no-shuffle", "--batch-size", str(meta["batch"]), "--quiet"],
                       check=True, capture_output=True)

    tune(first, once)
    tune(once, twice)
    subprocess.run([binary, "predict", once, tmp / "inputs.npz", "-o", tmp / "predicted.npz"], check=True, capture_output=True)
    model = load(line, once)
    x, y = list(inputs.values()), targets
    x = x[0] if len(x) == 1 else x
    y = y[0] if len(y) == 1 else y
    want = model(x, training=False)
    want = want if isinstance(want, (list, tuple)) else [want]
    got = np.load(tmp / "predicted.npz")
    worst = max(np.abs(np.asarray(w) - got[n]).max() for w, n in zip(want, got.files))
    if not worst <= 1e-6:
        return f"FAILED: predictions differ by {worst:.3g}"
    # In Keras 3 the public number leaves out the steps that only gather gradients.
    iterations = int(np.asarray(getattr(model.optimizer, "_iterations", model.optimizer.iterations)))
    if iterations != meta["before"] + 5:
        return f"FAILED: the optimizer is at step {iterations}, want {meta['before'] + 5}"
    weight = g["sample_weight"] if "sample_weight" in g.files else None
    if weight is not None:
        weight = [weight] * len(targets) if line == "3" else {o: weight for o in meta["outputs"]}
    model.fit(x, y, batch_size=meta["batch"], shuffle=False, verbose=0, sample_weight=weight)
    moved = np.abs(weights(model) - weights(load(line, twice))).max()
    if not moved <= 2e-6:
        return f"FAILED: after five more steps the weights differ by {moved:.3g}"
    return f"ok: predictions {worst:.2g}, weights after five more steps {moved:.2g}"


def main():
    binary, patterns = os.path.abspath(sys.argv[1]), sys.argv[2:] or DEFAULT
    failed, judged = 0, 0
    for recording in sorted(MODELS.glob("*.npz")):
        if not any(fnmatch.fnmatch(recording.stem, p) for p in patterns):
            continue
        with tempfile.TemporaryDirectory() as tmp:
            try:
                verdict = judge(binary, recording, pathlib.Path(tmp))
            except subprocess.CalledProcessError as e:
                verdict = "FAILED: " + e.stderr.decode().strip()[:300]
            except Exception as e:
                verdict = f"FAILED: {type(e).__name__}: {str(e)[:300]}"
        failed += verdict.startswith("FAILED")
        judged += 1
        print(f"{recording.stem}: {verdict}", flush=True)
    return 5 if failed or not judged else 0


if __name__ == "__main__":
    sys.exit(main())
