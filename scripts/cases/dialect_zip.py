"""Layouts of .keras zips and of weights-only files that other versions and systems wrote."""

import collections
import io
import json
import re
import zipfile

import h5py
import keras

from recording import store

from . import KERAS3, TF_KERAS, case


def _model(k, c):
    """Two dense layers around a recurrent one: a counter per class, and a cell below a layer."""
    layers = k.layers
    c.feed((5, 3))
    return k.Sequential([
        k.Input((5, 3), name="lstm_input"),
        layers.LSTM(4, return_sequences=True, name="first"),
        layers.Dropout(0.2, name="dropout_a"),
        layers.Bidirectional(layers.GRU(3), name="both"),
        layers.Dense(4, activation="relu", name="hidden"),
        layers.Dense(2, name="out"),
    ], name="model")


def _edit_weights(members, edit):
    """Calls edit(old file, new file) on the HDF5 file inside a zip."""
    buffer = io.BytesIO()
    with h5py.File(io.BytesIO(members["model.weights.h5"])) as old, h5py.File(buffer, "w") as new:
        edit(old, new)
    return {**members, "model.weights.h5": buffer.getvalue()}


def _datasets(group):
    found = {}
    group.visititems(lambda name, node: found.update({name: node[()]}) if isinstance(node, h5py.Dataset) else None)
    return found


def _version(members, version):
    meta = json.loads(members["metadata.json"])
    return {**members, "metadata.json": json.dumps({**meta, "keras_version": version}).encode()}


def _snake(class_name):
    name = re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", re.sub(r"\W+", "", class_name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _rezip(edit):
    def rewrite(folder, path):
        store.rezip(path, stored=False, edit=edit)

    return rewrite


def _dependencies(members):
    """Keras 2.13 saved a dict that holds a layer with weights twice, so that its class's counter runs twice."""
    layers = json.loads(members["config.json"])["config"]["layers"]
    now, then, counts = {}, {}, collections.Counter()
    plain = collections.Counter()
    weightless = ("Dropout", "InputLayer")
    for layer in layers:
        name = _snake(layer["class_name"])
        if layer["class_name"] != "InputLayer":
            now[layer["config"]["name"]] = name + (f"_{plain[name]}" if plain[name] else "")
            plain[name] += 1
            then[layer["config"]["name"]] = name + (f"_{counts[name]}" if counts[name] else "")
            counts[name] += 1 if layer["class_name"] in weightless else 2
    names = {now[n]: then[n] for n in now}

    def edit(old, new):
        for path, array in _datasets(old).items():
            parts = path.split("/")
            if parts[0] == "layers":
                parts = ["_layer_checkpoint_dependencies", names[parts[1]], *parts[2:]]
            new["/".join(parts)] = array
        for name in then.values():
            new.require_group(f"_layer_checkpoint_dependencies/{name}/vars")
        new.require_group("vars")

    return _version(_edit_weights(members, edit), "2.13.1")


@case("A .keras of Keras 2.13: _layer_checkpoint_dependencies with counters that skip", TF_KERAS, file="model.keras", rewrite=_rezip(_dependencies))
def zip_2_13(k, c):
    return _model(k, c)


def _backslashes(members):
    def edit(old, new):
        for path, array in _datasets(old).items():
            layer, vars_, index = path.rpartition("/vars/")
            new[layer.replace("/", "\\") + "/vars/" + index] = array

    return _version(_edit_weights(members, edit), "2.15.0")


@case("A .keras written on Windows by Keras 2.15: backslashes inside a group name", TF_KERAS, file="model.keras", rewrite=_rezip(_backslashes))
def zip_windows(k, c):
    return _model(k, c)


def _early(members):
    """Keras 3.0: no name attributes, dtype as a string, an empty group layer/cell/vars of Bidirectional."""

    def edit(old, new):
        for path, array in _datasets(old).items():
            new[path] = array
        new.require_group("layers/bidirectional/layer/cell/vars")
        new.require_group("layers/dropout/vars")

    def walk(node):
        if isinstance(node, dict):
            if node.get("class_name") == "DTypePolicy":
                return node["config"]["name"]
            if node.get("class_name") == "Orthogonal":
                node = {**node, "class_name": "OrthogonalInitializer"}
            return {key: walk(value) for key, value in node.items()}
        return [walk(value) for value in node] if isinstance(node, list) else node

    config = walk(json.loads(members["config.json"]))
    return _version({**_edit_weights(members, edit), "config.json": json.dumps(config).encode()}, "3.0.5")


@case("A .keras of Keras 3.0: no name attributes, string dtypes, OrthogonalInitializer", KERAS3, rewrite=_rezip(_early))
def zip_3_0(k, c):
    return _model(k, c)


def _weights_rewrite(folder, path):
    """Keeps the weights of the zip as a file of their own, and its config as JSON."""
    with zipfile.ZipFile(path) as z:
        (folder / "model.json").write_bytes(z.read("config.json"))
        (folder / "model.weights.h5").write_bytes(z.read("model.weights.h5"))
    path.unlink()


@case("Keras 3 weights alone (.weights.h5) with the architecture in JSON", KERAS3, rewrite=_weights_rewrite,
      final="model.weights.h5", config="model.json")
def weights_h5(k, c):
    return _model(k, c)


def _shard_rewrite(folder, path):
    model = keras.models.load_model(path)
    # Gigabytes: about 700 bytes a shard.
    model.save_weights(folder / "model.weights.json", max_shard_size=7e-7)
    with zipfile.ZipFile(path) as z:
        (folder / "config.json").write_bytes(z.read("config.json"))
    path.unlink()


@case("Keras 3 weights in shards (.weights.json) with the architecture in JSON", KERAS3, rewrite=_shard_rewrite,
      final="model.weights.json", config="config.json")
def weights_shards(k, c):
    return _model(k, c)
