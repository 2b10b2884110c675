"""Rewrites saved models into the HDF5 files of older Keras versions."""

import json

import h5py
import numpy as np

TEXT = h5py.string_dtype("utf-8")


def saved_weights(path):
    """{layer: [arrays]} of a full HDF5 model, in the file's own order."""
    with h5py.File(path, "r") as f:
        group = f["model_weights"]
        return {name: [group[name][w][()] for w in group[name].attrs["weight_names"]]
                for name in group.attrs["layer_names"]}


def saved_config(path):
    with h5py.File(path, "r") as f:
        return json.loads(f.attrs["model_config"])


def fixed(names):
    """Fixed-length bytes, as h5py stored lists of names until Keras 2.4."""
    return np.array([n.encode() for n in names]) if names else np.zeros(0)


def write_weights(group, weights, version=None, backend="tensorflow"):
    """layer_names, weight_names and datasets; weights is [(layer, [(name, array)])]."""
    group.attrs["layer_names"] = fixed([name for name, _ in weights])
    if version:
        group.attrs.create("backend", backend, dtype=TEXT)
        group.attrs.create("keras_version", version, dtype=TEXT)
    for name, arrays in weights:
        g = group.create_group(name)
        g.attrs["weight_names"] = fixed([n for n, _ in arrays])
        for n, array in arrays:
            g.create_dataset(n, data=array)


def write_model(path, config, weights, version, backend="tensorflow", config_dtype=TEXT):
    """A full model file. Keras 1 wrote no backend attribute: pass backend=None."""
    with h5py.File(path, "w") as f:
        f.attrs.create("keras_version", version, dtype=TEXT)
        if backend:
            f.attrs.create("backend", backend, dtype=TEXT)
        text = json.dumps(config)
        f.attrs.create("model_config", text.encode() if config_dtype != TEXT else text, dtype=config_dtype)
        group = f.create_group("model_weights")
        write_weights(group, weights, version if backend else None, backend)


def lstm_gates(kernel, recurrent, bias):
    """The 12 arrays of Keras 1 (gates i, c, f, o) from Keras 2's three (i, f, c, o)."""
    gates = [np.split(a, 4, axis=-1) for a in (kernel, recurrent, bias)]
    return [g[k] for k in (0, 2, 1, 3) for g in gates]


def gru_gates(kernel, recurrent, bias):
    """The 9 arrays of Keras 1 (gates z, r, h)."""
    gates = [np.split(a, 3, axis=-1) for a in (kernel, recurrent, bias)]
    return [g[k] for k in range(3) for g in gates]


LSTM_NAMES = [f"{a}_{g}" for g in "icfo" for a in ("W", "U", "b")]
GRU_NAMES = [f"{a}_{g}" for g in "zrh" for a in ("W", "U", "b")]
