"""Files of multi-backend Keras 2 and early tf.keras, made from what tf_keras saves today."""

import json

import h5py
import numpy as np
import yaml

from recording import legacy
from recording.build import gaps

from . import TF_KERAS, case


def _to_cudnn(arrays, gates):
    """The arrays of an LSTM, or of a GRU with reset_after, as the CuDNN class stores them.

    After convert_weights in keras 2.2.4 engine/saving.py. cuDNN adds two biases, and
    2b - b is b exactly.
    """
    kernel, recurrent, bias = arrays
    kernel = np.hstack([k.T.reshape(k.shape) for k in np.hsplit(kernel, gates)])
    recurrent = np.hstack([k.T for k in np.hsplit(recurrent, gates)])
    if gates == 4:
        bias = np.concatenate([2 * bias, -bias])
    return [kernel, recurrent, bias.reshape(-1)]


def _cudnn_config(layer):
    """The config keys that a CuDNN class had in 2.2.4."""
    absent = ("activation", "recurrent_activation", "use_bias", "implementation", "dropout", "recurrent_dropout",
              "reset_after", "unroll", "time_major")
    layer["class_name"] = "CuDNN" + layer["class_name"]
    layer["config"] = {k: v for k, v in layer["config"].items() if k not in absent}


def _keras2_weights(w):
    """Weight names as Keras 2.0 to 2.3 gave them."""
    names = {1: ["embeddings"], 2: ["kernel", "bias"], 3: ["kernel", "recurrent_kernel", "bias"]}
    result = []
    for layer, arrays in w.items():
        if len(arrays) == 6:
            own = [f"{layer}/{d}/{n}:0" for d in ("forward", "backward") for n in names[3]]
        elif layer.startswith("batch"):
            own = [f"{layer}/{n}:0" for n in ("gamma", "beta", "moving_mean", "moving_variance")]
        else:
            own = [f"{layer}/{n}:0" for n in names.get(len(arrays), [])]
        result.append((layer, list(zip(own, arrays, strict=True))))
    return result


def _cudnn_rewrite(folder, path):
    config, w = legacy.saved_config(path), legacy.saved_weights(path)
    for layer in config["config"]["layers"]:
        name = layer["config"]["name"]
        gates = 3 if "gru" in name else 4
        if name in ("cudnnlstm", "cudnngru", "cudnnlstm_plain"):
            _cudnn_config(layer)
        if name == "bidirectional":
            _cudnn_config(layer["config"]["layer"])
            layer["config"].pop("backward_layer", None)
            w[name] = _to_cudnn(w[name][:3], 4) + _to_cudnn(w[name][3:], 4)
        elif name in ("cudnnlstm", "cudnngru", "lstm_from_cudnn", "gru_from_cudnn"):
            w[name] = _to_cudnn(w[name], gates)
    config["class_name"] = "Model"
    legacy.write_model(path, config, _keras2_weights(w), "2.2.4")
    return ["Bidirectional", "CuDNNGRU", "CuDNNLSTM", "GRU", "InputLayer", "LSTM", "Model"]


@case("CuDNNLSTM and CuDNNGRU, and either class with the other's weights", TF_KERAS, rewrite=_cudnn_rewrite)
def cudnn(k, c):
    x = c.input((6, 3))
    layers = k.layers
    return [
        layers.LSTM(4, return_sequences=True, name="cudnnlstm")(x),
        layers.GRU(4, name="cudnngru")(x),
        layers.LSTM(4, name="lstm_from_cudnn")(x),
        layers.GRU(4, name="gru_from_cudnn")(x),
        layers.LSTM(4, name="cudnnlstm_plain")(x),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True, name="cudnn_lstm"), name="bidirectional")(x),
    ]


def _small(k, c):
    """A Sequential with an Embedding, a recurrent layer, a normalisation and a Dense layer."""
    layers = k.layers
    c.data.append(c.ints((4, 5), 9, zero_steps=[(1, 4), (2, 3), (2, 4)]))
    return k.Sequential([
        k.Input((5,), dtype="int32", name="embedding_input"),
        layers.Embedding(9, 4, mask_zero=True, name="embedding"),
        layers.LSTM(3, return_sequences=True, recurrent_activation="hard_sigmoid", name="lstm"),
        layers.GRU(3, reset_after=False, recurrent_activation="hard_sigmoid", name="gru"),
        layers.BatchNormalization(name="batch_normalization"),
        layers.Dense(2, activation="softmax", name="dense"),
    ])


def _keras2_layers(path):
    """The layers of a saved Sequential as Keras 2.2 described them: no InputLayer, no later keys."""
    layers = legacy.saved_config(path)["config"]["layers"][1:]
    for layer in layers:
        for key in ("ragged", "time_major", "sparse", "reset_after"):
            layer["config"].pop(key, None)
        layer.pop("module", None), layer.pop("registered_name", None), layer.pop("build_config", None)
    layers[0]["config"]["batch_input_shape"] = [None, 5]
    layers[0]["config"]["input_length"] = 5
    return layers


def _list_rewrite(folder, path):
    config = {"class_name": "Sequential", "config": _keras2_layers(path)}
    legacy.write_model(path, config, _keras2_weights(legacy.saved_weights(path)), "2.1.6")


@case("Sequential whose configuration is a plain list, GRU without the key reset_after (Keras 2.0 to 2.2.2)", TF_KERAS, rewrite=_list_rewrite)
def keras2_list(k, c):
    return _small(k, c)


def _split(group, name):
    """Replaces an array of names by name0, name1, ..., as for more than 64512 bytes."""
    names = group.attrs[name]
    del group.attrs[name]
    for i, part in enumerate(np.array_split(names, 3)):
        group.attrs[f"{name}{i}"] = part


def _chunked_rewrite(folder, path):
    with h5py.File(path, "r+") as f:
        f["model_weights"]["lstm"].attrs["weight_names"] = np.array([n.encode() for n in f["model_weights"]["lstm"].attrs["weight_names"]])
        f["model_weights"].attrs["layer_names"] = np.array([n.encode() for n in f["model_weights"].attrs["layer_names"]])
        _split(f["model_weights"], "layer_names")
        _split(f["model_weights"]["lstm"], "weight_names")


@case("Chunked name lists: layer_names0, weight_names0, ...", TF_KERAS, rewrite=_chunked_rewrite)
def chunked_names(k, c):
    return _small(k, c)


def _fixed_config_rewrite(folder, path):
    with h5py.File(path, "r+") as f:
        for name in ("model_config", "keras_version", "backend"):
            text = f.attrs[name].encode()
            del f.attrs[name]
            f.attrs.create(name, np.bytes_(text))


@case("model_config, keras_version and backend as fixed-length bytes", TF_KERAS, rewrite=_fixed_config_rewrite)
def fixed_strings(k, c):
    return _small(k, c)


def _bytes_config_rewrite(folder, path):
    with h5py.File(path, "r+") as f:
        for name in ("model_config", "keras_version", "backend"):
            text = f.attrs[name].encode()
            del f.attrs[name]
            f.attrs.create(name, text, dtype=h5py.string_dtype("ascii"))


@case("model_config as a variable-length ASCII string, as Python 2 wrote it", TF_KERAS, rewrite=_bytes_config_rewrite)
def ascii_strings(k, c):
    return _small(k, c)


def _weights_only(folder, path, version):
    weights = _keras2_weights(legacy.saved_weights(path))
    with h5py.File(path, "w") as f:
        legacy.write_weights(f, weights, version)


def _json_rewrite(folder, path):
    config = {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": _keras2_layers(path)},
              "keras_version": "2.2.4", "backend": "tensorflow"}
    _weights_only(folder, path, "2.2.4")
    (folder / "model.json").write_text(json.dumps(config))


@case("Weights alone in HDF5 with the architecture in JSON (save_weights, to_json)", TF_KERAS, rewrite=_json_rewrite, config="model.json")
def weights_json(k, c):
    return _small(k, c)


def _tuples(node, key=None):
    """Shapes as tuples, which PyYAML tags as Python's."""
    if isinstance(node, dict):
        return {k: _tuples(v, k) for k, v in node.items()}
    if isinstance(node, list):
        return tuple(node) if key == "batch_input_shape" else [_tuples(v) for v in node]
    return node


def _yaml_rewrite(folder, path):
    config = {"class_name": "Sequential", "config": _tuples(_keras2_layers(path)), "keras_version": "2.1.6", "backend": "tensorflow"}
    _weights_only(folder, path, "2.1.6")
    (folder / "model.yaml").write_text(yaml.dump(config, default_flow_style=None))


@case("Weights alone in HDF5 with the architecture in YAML (to_yaml), tuples tagged as Python's", TF_KERAS, rewrite=_yaml_rewrite, config="model.yaml")
def weights_yaml(k, c):
    return _small(k, c)


def _theano_rewrite(folder, path):
    config, w = legacy.saved_config(path), legacy.saved_weights(path)
    names = []
    for layer, arrays in w.items():
        if layer.startswith("conv"):
            count = 2 if layer == "conv_lstm2d" else 1
            for i in range(count):
                a = arrays[i]
                arrays[i] = np.flip(a, tuple(range(a.ndim - 2)))
        own = ["kernel", "recurrent_kernel", "bias"] if len(arrays) == 3 else ["kernel", "bias"]
        if layer == "separable_conv2d":
            own = ["depthwise_kernel", "pointwise_kernel", "bias"]
        names.append((layer, [(f"{layer}/{n}", a) for n, a in zip(own, arrays)]))
    config["class_name"] = "Model"
    legacy.write_model(path, config, names, "2.1.6", backend="theano")


@case("Convolutions of Keras 2.1 on Theano: kernels are stored rotated by 180 degrees", TF_KERAS, rewrite=_theano_rewrite)
def keras2_theano(k, c):
    layers = k.layers
    x, image, film = c.input((6, 3), batch=2), c.input((5, 6, 2), batch=2), c.input((3, 4, 5, 2), batch=2)
    return [
        layers.Conv1D(3, 3, padding="same", name="conv1d")(x),
        layers.Conv2D(3, (2, 3), name="conv2d")(image),
        layers.Conv2DTranspose(2, (3, 2), strides=2, name="conv2d_transpose")(image),
        layers.ConvLSTM2D(2, 2, recurrent_activation="hard_sigmoid", name="conv_lstm2d")(film),
        layers.Dense(2, name="dense")(layers.Flatten(name="flatten")(image)),
    ]


def _unified_rewrite(folder, path):
    config, w = legacy.saved_config(path), legacy.saved_weights(path)
    for layer in config["config"]["layers"]:
        if layer["class_name"] in ("LSTM", "GRU"):
            layer["class_name"] = "Unified" + layer["class_name"]
        if layer["class_name"] == "BatchNormalization":
            layer["class_name"] = "BatchNormalizationV1"
            layer["config"]["axis"] = [1]
        for key in ("module", "registered_name", "build_config"):
            layer.pop(key, None)
    config["class_name"] = "Model"
    legacy.write_model(path, config, _keras2_weights(w), "2.1.6-tf")
    return ["BatchNormalizationV1", "Dense", "InputLayer", "Masking", "Model", "UnifiedGRU", "UnifiedLSTM"]


@case("Class names of TensorFlow 1.13 and 1.14: UnifiedLSTM, UnifiedGRU, BatchNormalizationV1", TF_KERAS, rewrite=_unified_rewrite)
def unified_names(k, c):
    layers = k.layers
    x = c.input((6, 3), batch=4, zero_steps=gaps(6))
    h = layers.Masking(name="masking")(x)
    h = layers.LSTM(4, return_sequences=True, name="lstm")(h)
    h = layers.GRU(3, name="gru")(h)
    h = layers.BatchNormalization(name="batch_normalization")(h)
    return [layers.Dense(2, name="dense")(h)]
