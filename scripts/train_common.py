"""What the scripts that record testdata/train share."""

import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import keras
import numpy as np
import tf_keras

OUT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "testdata", "train")


def plain(x):
    """JSON for what Keras puts into configs."""
    if isinstance(x, (np.floating, np.integer)):
        return x.item()
    if isinstance(x, np.ndarray):
        return x.tolist()
    raise TypeError(type(x))


def save(name, cases, arrays):
    meta = json.dumps(cases, default=plain, separators=(",", ":"), sort_keys=True)
    arrays = dict(arrays, meta=np.frombuffer(meta.encode(), np.uint8))
    path = os.path.join(OUT, name + ".npz")
    np.savez_compressed(path, **arrays)
    print(path, len(cases), "cases", os.path.getsize(path), "bytes")


def set_float(dtype):
    keras.config.set_floatx(dtype)
    tf_keras.backend.set_floatx(dtype)
